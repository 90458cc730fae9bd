// The names that a formula can go on with. Pure.

import type { Cube } from "../api/types";

export interface Completion {
  readonly name: string;
  readonly hint: string;
}

const MOST = 7;

/** The functions of docs/formulas.md, as they are written. */
const FUNCTIONS: readonly Completion[] = [
  ["abs(", "abs(x)"],
  ["coalesce(", "coalesce(x, y)"],
  ["if(", "if(condition, x, y)"],
  ["round(", "round(x, digits)"],
  ["share(", "share(x, rows.all)"],
  ["previous(", "previous(x, n)"],
  ["difference(", "difference(x, n)"],
  ["growth(", "growth(x, n)"],
  ["parallel(", "parallel(x, time.year)"],
  ["to_date(", "to_date(x, time.year)"],
  ["rolling(", "rolling(x, 3)"],
  ["trailing(", "trailing(x, 90, time.day)"],
  ["rank(", "rank(x)"],
  ["row_number(", "row_number(x)"],
  ["ntile(", "ntile(x, k)"],
  ["running(", "running(x)"],
  ["cumulated_share(", "cumulated_share(x)"],
  ["count(", "count(set)"],
  ["sum(", "sum(attribute)"],
  ["avg(", "avg(attribute)"],
  ["min(", "min(attribute)"],
  ["max(", "max(attribute)"],
  ["rows.all", ""],
  ["rows.parent", ""],
  ["columns.all", ""],
  ["columns.parent", ""],
].map(([name, hint]) => ({ name: name!, hint: hint! }));

/** The word that ends at a place. */
function wordBefore(text: string, at: number): string {
  return /[A-Za-z_][\w.]*$/.exec(text.slice(0, at))?.[0] ?? "";
}

export function completions(cube: Cube, text: string, at: number): readonly Completion[] {
  const word = wordBefore(text, at).toLowerCase();
  if (word === "") return [];
  const measures = cube.measures.map(({ name, label }) => ({ name, hint: label }));
  const places = cube.dimensions.flatMap((dimension) => [
    { name: `${dimension.name}.all`, hint: dimension.label },
    { name: `${dimension.name}.parent`, hint: dimension.label },
    ...dimension.hierarchies.flatMap((each) => each.levels.map((level) => ({ name: level.name, hint: level.label }))),
  ]);
  const all = [...measures, ...FUNCTIONS, ...places].filter(({ name }) => name !== word);
  const begins = all.filter(({ name }) => name.startsWith(word));
  const holds = all.filter(({ name, hint }) => !name.startsWith(word) && `${name} ${hint}`.toLowerCase().includes(word));
  return [...begins, ...holds].slice(0, MOST);
}

/** Put a name in place of the word before the cursor; give the text and the new cursor. */
export function complete(text: string, at: number, name: string): readonly [string, number] {
  const start = at - wordBefore(text, at).length;
  return [text.slice(0, start) + name + text.slice(at), start + name.length];
}
