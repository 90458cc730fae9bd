// What lines and headers are called on the screen.

import type { Cube, Measure } from "../api/types";
import { keyText } from "../api/keys";
import type { Words } from "../text/en";
import type { View } from "../view/view";
import type { Line } from "./axis";

export function lineCaption(line: Line, words: Words): string {
  if (line.kind === "total") return words.total;
  if (line.kind === "loading") return words.loading;
  if (line.kind === "error") return words.failed;
  if (!line.member) return "";
  if (line.member.unknown) return words.unknown;
  return line.member.caption || keyText(line.member.key.at(-1), words.blank, words.unknown);
}

export function measureOf(cube: Cube, name: string): Measure | undefined {
  return cube.measures.find((measure) => measure.name === name);
}

export function measureCaption(cube: Cube, name: string): string {
  return measureOf(cube, name)?.label ?? name;
}

/** The cube with the measures that a view defines for itself. */
export function withDefined(cube: Cube, defined: View["defined"], language: string): Cube {
  const own = Object.entries(defined).map(([name, { formula, format, label }]): Measure => {
    const text = label[language] ?? Object.values(label)[0] ?? name;
    return { name, label: text, description: "", folder: "", format, unit: "", aggregate: null, over: null, formula };
  });
  return own.length > 0 ? { ...cube, measures: [...cube.measures, ...own] } : cube;
}

/** A level by name; a leading `~` takes it alone. */
export function levelOf(cube: Cube, asked: string) {
  const name = asked.replace(/^~/, "");
  for (const dimension of cube.dimensions)
    for (const hierarchy of dimension.hierarchies)
      for (const level of hierarchy.levels) if (level.name === name) return { dimension, hierarchy, level };
  return undefined;
}

export function levelCaption(cube: Cube, name: string): string {
  return levelOf(cube, name)?.level.label ?? name;
}
