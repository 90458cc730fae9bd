// From values to what a cell shows, and colours. Every number is one that the server evaluated at its place, totals and
// shares too; nothing is added up or divided here. Pure.

import { shownName } from "../query/showAs";
import type { Rule } from "../view/view";
import { measureAt, type Column } from "./headers";
import { isTogether, isTotal, type Line } from "./axis";
import type { Model, Value } from "./model";

/** The value of a cell as the view wants to see it. */
export function shownValue(model: Model, row: Line, column: Column): Value {
  return model.value(row, column.line, shownName(model.view, measureAt(row, column)));
}

/** How a cell is set off: its place between the least and the most of its group, a bar's length, a rule that it meets. */
export interface Mark {
  readonly degree: number | null;
  readonly bar: number | null;
  readonly ruled: boolean;
}

const PLAIN: Mark = { degree: null, bar: null, ruled: false };

type Range = readonly [least: number, most: number];

/** Colour scales, one for each measure and each group of rows by columns: totals do not stretch them. */
export class Heat {
  private readonly ranges = new Map<string, Range | null>();

  constructor(private readonly model: Model) {}

  /** What sets a cell off from others; totals are never set off. */
  mark(row: Line, column: Column, value: Value): Mark {
    const { colour, rule } = this.model.view.formats[measureAt(row, column)] ?? {};
    if (!colour || colour === "none" || typeof value !== "number") return PLAIN;
    if (isTotal(row) || standsApart(row) || standsApart(column.line) || this.isTotalColumn(column)) return PLAIN;
    if (colour === "rule") return { ...PLAIN, ruled: rule !== undefined && meets(value, rule) };
    const range = this.range(row, column);
    if (!range) return PLAIN;
    const [least, most] = range;
    if (colour === "bars") return { ...PLAIN, bar: Math.abs(value) / (Math.max(Math.abs(least), Math.abs(most)) || 1) };
    return most === least ? PLAIN : { ...PLAIN, degree: (value - least) / (most - least) };
  }

  private isTotalColumn(column: Column): boolean {
    return column.line.kind === "total" && this.model.questions.columnLevels.length > 0;
  }

  private range(row: Line, column: Column): Range | null {
    const measure = measureAt(row, column);
    const { scope = "slice" } = this.model.view.formats[measure] ?? {};
    const of = { slice: "", parent: "", row: row.id, column: column.line.id }[scope];
    const id = `${row.group.id}|${column.line.group.id}|${measure}|${of}`;
    const known = this.ranges.get(id);
    if (known !== undefined) return known;
    const found = this.model.scale(row, column);
    this.ranges.set(id, found);
    return found;
  }
}

/** What is taken together, and a calculated member, are no parts of what a scale compares. */
function standsApart(line: Line): boolean {
  return isTogether(line) || line.member?.calculated !== undefined;
}

export function meets(value: number, { is, value: than }: Rule): boolean {
  if (is === ">") return value > than;
  if (is === ">=") return value >= than;
  return is === "<" ? value < than : value <= than;
}
