// Names for what a view defines. Captions are for people; names stand in formulas.

import type { Cube } from "../api/types";

/** A name that nothing in the cube has. */
export function freeName(cube: Cube, stem: string): string {
  const levels = cube.dimensions.flatMap((each) => each.hierarchies.flatMap((one) => one.levels.map((level) => level.name.split(".").at(-1)!)));
  const taken = new Set([...cube.measures.map((measure) => measure.name), ...levels]);
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}
