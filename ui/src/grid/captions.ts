// What lines and headers are called on the screen.

import type { Cube, Hierarchy, Measure } from "../api/types";
import { keyText } from "../api/keys";
import type { Words } from "../text/en";
import type { View } from "../view/view";
import type { Line } from "./axis";

export function lineCaption(line: Line, words: Words): string {
  if (line.kind === "total") return words.total;
  if (line.kind === "shown") return words.totalOfShown;
  if (line.kind === "loading") return words.loading;
  if (line.kind === "error") return words.failed;
  const name = memberCaption(line, words);
  return line.kind === "subtotal" ? words.subtotalOf(name) : name;
}

function memberCaption(line: Line, words: Words): string {
  if (!line.member) return "";
  if (line.member.others) return words.others;
  if (line.member.unknown) return words.unknown;
  return line.member.caption || keyText(line.member.key?.at(-1), words.blank, words.unknown);
}

export function measureOf(cube: Cube, name: string): Measure | undefined {
  return cube.measures.find((measure) => measure.name === name);
}

export function measureCaption(cube: Cube, name: string): string {
  return measureOf(cube, name)?.label ?? name;
}

type Labels = Readonly<Record<string, string>>;

function said(label: Labels, language: string, name: string): string {
  return label[language] ?? Object.values(label)[0] ?? name;
}

/** What a calculated member is called, in the language of the page; nothing for all others. */
export function calculatedCaption(line: Line, cube: Cube, members: View["members"], language: string): string | undefined {
  const name = line.member?.calculated;
  const own = name === undefined ? undefined : members[name];
  return own ? said(own.label, language, name!) : cube.members.find((member) => member.name === name)?.label;
}

/** The cube with the measures and sets that a view defines for itself. */
export function withDefined(cube: Cube, { defined, sets }: Pick<View, "defined" | "sets">, language: string): Cube {
  const bare = { description: "", folder: "", unit: "", aggregate: null, over: null };
  const own = Object.entries(defined).map(
    ([name, { formula, format, label }]): Measure => ({ ...bare, name, label: said(label, language, name), format, formula }),
  );
  const dimensions = cube.dimensions.map((dimension) => ({
    ...dimension,
    hierarchies: [...dimension.hierarchies, ...setHierarchies(dimension.name, sets, language)],
  }));
  return { ...cube, measures: [...cube.measures, ...own], dimensions };
}

/** A set is a level of its dimension whose members are true and false. */
function setHierarchies(dimension: string, sets: View["sets"], language: string): readonly Hierarchy[] {
  const own = Object.entries(sets).filter(([, { of }]) => of.split(".")[0] === dimension);
  return own.map(([set, { of, formula, label }]) => {
    const named = { name: `${dimension}.${set}`, label: said(label, language, set), description: formula };
    const level = { ...named, type: "boolean", depth: 1, unique: true, has_captions: false, hide: null };
    return { ...named, attribute_of: of, levels: [level] };
  });
}

/** A level by name; a leading `~` takes it alone. */
export function levelOf(cube: Cube, asked: string) {
  const name = asked.replace(/^~/, "");
  for (const dimension of cube.dimensions)
    for (const hierarchy of dimension.hierarchies)
      for (const level of hierarchy.levels) if (level.name === name) return { dimension, hierarchy, level };
  return undefined;
}

/** What a level is called; with its dimension, where one before it has a level of this label, too. */
export function levelCaption(cube: Cube, name: string): string {
  const found = levelOf(cube, name);
  if (!found) return name;
  const { dimension, level } = found;
  const isTaken = cube.dimensions
    .slice(0, cube.dimensions.indexOf(dimension))
    .some((other) => other.hierarchies.some((hierarchy) => hierarchy.levels.some((each) => each.label === level.label)));
  return isTaken ? `${dimension.label}: ${level.label}` : level.label;
}
