// What a chart draws: the members of one group of rows, by the outermost columns or by measures. Pure.

import type { Line } from "../grid/axis";
import type { Model } from "../grid/model";
import { pathId, type Path } from "../view/view";

export const MOST_ROWS = 15;
export const MOST_SERIES = 12;

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Drawing {
  /** The member whose children are drawn; empty for the outermost. */
  readonly path: Path;
  readonly rows: readonly Line[];
  readonly names: readonly string[];
  readonly series: readonly Series[];
  /** The values of the total column, in the order of the rows. */
  readonly totals: readonly (number | null)[];
  /** How many rows there are, drawn or not. */
  readonly all: number;
  readonly measure: string;
}

export interface Naming {
  readonly line: (line: Line) => string;
  readonly measure: (name: string) => string;
}

/** Draw the children of the member that was opened last. */
export function drawing(model: Model, naming: Naming): Drawing {
  const path = focus(model);
  const id = pathId(path);
  const group = model.rows.filter((line) => line.kind === "member" && !line.isRepeat && pathId(line.group.path) === id);
  const rows = group.slice(0, MOST_ROWS).filter((line) => line.member !== undefined);
  const measure = model.view.measures[0] ?? "";
  const total = { ...(model.lines[0] ?? group[0]), kind: "total", member: undefined } as Line;
  const root = { ...total, group: { ...total.group, path: [], id: "[]" } } as Line;
  const columns = model.lines.filter((line) => line.kind === "member" && line.depth === 0).slice(0, MOST_SERIES);
  const values = (column: Line, name: string) => rows.map((row) => numberOf(model, row, column, name));
  const series =
    columns.length > 0
      ? columns.map((column) => ({ name: naming.line(column), values: values(column, measure) }))
      : model.view.measures.slice(0, 1).map((name) => ({ name: naming.measure(name), values: values(root, name) }));
  const totals = rows.length > 0 ? values(root, measure) : [];
  return { path, rows, names: rows.map(naming.line), series, totals, all: group.length, measure };
}

/** The member that was opened last and is still in the table. */
function focus(model: Model): Path {
  const shown = new Set(model.rows.filter((line) => line.kind === "member").map((line) => pathId(line.group.path)));
  return model.view.open.rows.findLast((path) => shown.has(pathId(path))) ?? [];
}

function numberOf(model: Model, row: Line, column: Line, measure: string): number | null {
  const value = model.value(row, column, measure);
  return typeof value === "number" ? value : null;
}
