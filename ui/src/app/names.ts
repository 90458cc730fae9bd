// Names for what a view defines. Captions are for people; names stand in formulas.

import type { Cube } from "../api/types";
import type { View } from "../view/view";

/** A name that nothing in the cube has. */
export function freeName(cube: Cube, stem: string, view?: View): string {
  const levels = cube.dimensions.flatMap((each) => each.hierarchies.flatMap((one) => one.levels.map((level) => level.name.split(".").at(-1)!)));
  const members = [...cube.members.map((member) => member.name), ...Object.keys(view?.members ?? {})];
  const taken = new Set([...cube.measures.map((measure) => measure.name), ...members, ...levels]);
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}
