// A measure shown as something else: a share, a difference, a rank. Each is a formula of the server, evaluated at each
// cell, totals and subtotals too. Pure.

import type { Cube } from "../api/types";
import { levelOf } from "../grid/captions";
import { axisLevels, type ShowAs, type View } from "../view/view";

export type Along = "cell" | "rows" | "columns";

interface Way {
  /** The formula, of the measure `x` and the dimension of time `t`. */
  readonly formula: (x: string, t: string) => string;
  readonly format: string;
  readonly needsTime: boolean;
  /** The axis whose tuples it goes along, in their order. */
  readonly along: Along;
}

function way(formula: Way["formula"], format: string, more: Partial<Way> = {}): Way {
  return { formula, format, needsTime: false, along: "cell", ...more };
}

const TIME = { needsTime: true } as const;

/** All ways, in the order of menus; the empty format is the measure's own. */
export const WAYS: Readonly<Record<Exclude<ShowAs, "value">, Way>> = {
  row: way((x) => `share(${x}, columns.all)`, "0.0%"),
  column: way((x) => `share(${x}, rows.all)`, "0.0%"),
  grand: way((x) => `${x} / (${x}, rows.all, columns.all)`, "0.0%"),
  parent: way((x) => `share(${x}, rows.parent)`, "0.0%"),
  parent_column: way((x) => `share(${x}, columns.parent)`, "0.0%"),
  difference: way((x, t) => `${x} - (${x}, ${t}.lag(1))`, "", TIME),
  growth: way((x, t) => `${x} / (${x}, ${t}.lag(1)) - 1`, "+0.0%", TIME),
  last_year: way((x, t) => `parallel(${x}, ${t}.year)`, "", TIME),
  year_growth: way((x, t) => `${x} / parallel(${x}, ${t}.year) - 1`, "+0.0%", TIME),
  to_date: way((x, t) => `to_date(${x}, ${t}.year)`, "", TIME),
  running: way((x) => `running(${x})`, "", { along: "rows" }),
  running_across: way((x) => `running(${x}, columns.parent)`, "", { along: "columns" }),
  rank: way((x) => `rank(${x})`, "#,##0", { along: "rows" }),
  index: way((x) => `${x} * (${x}, rows.all, columns.all) / ((${x}, rows.all) * (${x}, columns.all))`, "0.00"),
};

export function showAsOf(view: View, measure: string): ShowAs {
  return view.formats[measure]?.showAs ?? "value";
}

/** What a measure is called in questions, as it is shown. */
export function shownName(view: View, measure: string): string {
  const showAs = showAsOf(view, measure);
  return showAs === "value" ? measure : `${measure}__${showAs}`;
}

export interface Definition {
  readonly formula: string;
  readonly format: string;
}

/** The measures that questions define so that others are shown as the view wants. `time` is the dimension to step along. */
export function shownDefinitions(view: View, time: string): Readonly<Record<string, Definition>> {
  const found = view.measures.flatMap((measure) => {
    const showAs = showAsOf(view, measure);
    if (showAs === "value") return [];
    const { formula, format } = WAYS[showAs];
    return [[shownName(view, measure), { formula: formula(measure, time), format: format || "#,##0.##" }] as const];
  });
  return Object.fromEntries(found);
}

/** Whether something shown goes along an axis: then all its tuples are needed, in order. */
export function goesAlong(view: View, axis: "rows" | "columns"): boolean {
  return view.measures.some((measure) => {
    const showAs = showAsOf(view, measure);
    return showAs !== "value" && WAYS[showAs].along === axis;
  });
}

/** The dimension of time to step along: one that stands on an axis, else the cube's first; null where there is none. */
export function timeOf(cube: Cube, view: View): string | null {
  const used = axisLevels([...view.rows, ...view.columns]).map((level) => levelOf(cube, level)?.dimension.name);
  const times = cube.dimensions.filter((dimension) => dimension.is_time).map((dimension) => dimension.name);
  return times.find((name) => used.includes(name)) ?? times[0] ?? null;
}
