// What travels when a field is dragged, by mouse or by keyboard.

import type { DropItem } from "react-aria-components";
import type { Field, Shelf } from "../view/view";

export const FIELD_TYPE = "application/x-cube-field";

export interface Dragged {
  readonly field: Field | null;
  readonly measure: string | null;
  /** The shelf and the id it is dragged from; null when it comes from the list of fields. */
  readonly from: { readonly shelf: Shelf; readonly id: string } | null;
}

export function pack(dragged: Dragged, label: string): Record<string, string> {
  return { [FIELD_TYPE]: JSON.stringify(dragged), "text/plain": label };
}

export async function unpack(items: readonly DropItem[]): Promise<Dragged | null> {
  const item = items.find((each) => each.kind === "text" && each.types.has(FIELD_TYPE));
  return item?.kind === "text" ? (JSON.parse(await item.getText(FIELD_TYPE)) as Dragged) : null;
}
