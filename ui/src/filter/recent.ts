// The last periods that have data. Pure.

import type { KeyPath } from "../api/types";

export const YEAR = "year";

/** The last so many of a level's members, or all of the last one's year: those with its topmost key. */
export function recentMembers(all: readonly KeyPath[], which: number | typeof YEAR): readonly KeyPath[] {
  const known = all.filter((path) => path.every((key) => key !== null && typeof key !== "object"));
  if (which !== YEAR) return known.slice(-which);
  const year = known.at(-1)?.[0];
  return known.filter((path) => path[0] === year);
}
