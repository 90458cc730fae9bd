// What dropping a field on a shelf does.

import type { Move } from "../view/history";
import type { AxisName, Shelf } from "../view/view";
import type { Dragged } from "./drag";

export interface Dropping {
  readonly dispatch: (move: Move) => void;
  readonly filterBy: (level: string) => void;
}

export function drop(dragged: Dragged, shelf: Shelf | null, before: string | null, { dispatch, filterBy }: Dropping): void {
  if (shelf === null) {
    if (dragged.from) dispatch({ do: "remove", shelf: dragged.from.shelf, id: dragged.from.id });
    return;
  }
  if (dragged.measure !== null) {
    if (shelf === "measures") dispatch({ do: "placeMeasure", measure: dragged.measure, before });
    return;
  }
  if (!dragged.field) return;
  if (shelf === "filters") filterBy(dragged.field.levels.at(-1)!);
  else if (shelf !== "measures") dispatch({ do: "place", field: dragged.field, shelf: shelf as AxisName, before });
}

/** The shelves on which something may lie. */
export function shelvesFor(dragged: Dragged): readonly Shelf[] {
  return dragged.measure !== null ? ["measures"] : ["rows", "columns", "filters"];
}
