// A view as the fragment of an address, and back. The fragment is never sent to a server and may be long.

import { EMPTY, type View } from "./view";

type Part = keyof Omit<View, "cube">;
const PARTS = Object.keys(EMPTY) as readonly Part[];

/** Write what differs from an empty view. */
export function writeView(view: View): string {
  const parts = PARTS.filter((part) => JSON.stringify(view[part]) !== JSON.stringify(EMPTY[part])).map(
    (part) => `${part}=${encodeURIComponent(JSON.stringify(view[part]))}`,
  );
  return [`cube=${encodeURIComponent(view.cube)}`, ...parts].join("&");
}

/** Write what an address says of a saved report: its slug, and where the view is another by now, that too. */
export function writeAddress(view: View, saved: SavedView | null): string {
  if (!saved) return writeView(view);
  const slug = `report=${encodeURIComponent(saved.slug)}`;
  return isSame(view, saved.view) ? slug : `${slug}&${writeView(view)}`;
}

export interface SavedView {
  readonly slug: string;
  readonly view: View;
}

export function isSame(one: View, other: View): boolean {
  return writeView(one) === writeView(other);
}

/** The saved report that an address names. */
export function readSlug(text: string): string | null {
  return new URLSearchParams(text.replace(/^#/, "")).get("report");
}

/** Read a view; null if the text is none. */
export function readView(text: string): View | null {
  const values = new URLSearchParams(text.replace(/^#/, ""));
  try {
    const parts = PARTS.flatMap((part) => (values.has(part) ? [[part, JSON.parse(values.get(part)!)] as const] : []));
    return viewFrom({ cube: values.get("cube"), ...Object.fromEntries(parts) });
  } catch {
    return null;
  }
}

/** A view out of what somebody kept; null if it is none. What an older page did not know is as in an empty view. */
export function viewFrom(kept: Readonly<Record<string, unknown>>): View | null {
  const { cube } = kept;
  if (typeof cube !== "string" || !cube) return null;
  try {
    const parts = PARTS.map((part) => [part, readPart(part, kept[part])] as const);
    return { cube, ...(Object.fromEntries(parts) as Omit<View, "cube">) };
  } catch {
    return null;
  }
}

function readPart(part: Part, value: unknown): unknown {
  if (value === undefined) return EMPTY[part];
  const wanted = EMPTY[part];
  const isAlike = wanted === null || (typeof value === typeof wanted && Array.isArray(value) === Array.isArray(wanted));
  if (!isAlike) throw new TypeError(part);
  return value;
}
