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

/** Read a view; null if the text is none. */
export function readView(text: string): View | null {
  const values = new URLSearchParams(text.replace(/^#/, ""));
  const cube = values.get("cube");
  if (!cube) return null;
  try {
    const parts = PARTS.map((part) => [part, readPart(part, values.get(part))] as const);
    return { cube, ...(Object.fromEntries(parts) as Omit<View, "cube">) };
  } catch {
    return null;
  }
}

function readPart(part: Part, text: string | null): unknown {
  if (text === null) return EMPTY[part];
  const value: unknown = JSON.parse(text);
  const wanted = EMPTY[part];
  const isAlike = wanted === null || (typeof value === typeof wanted && Array.isArray(value) === Array.isArray(wanted));
  if (!isAlike) throw new TypeError(part);
  return value;
}
