// From values to what a cell shows: as a share, scaled, coloured. Every number that goes in is one that the server
// evaluated at its place, totals too; nothing is added up here. Pure.

import type { ShowAs, View } from "../view/view";
import type { Column } from "./headers";
import type { Line } from "./axis";
import type { Model, Value } from "./model";

/** The lines that a cell is compared with. */
interface Places {
  readonly row: Line;
  readonly column: Line;
}

/** Whether values shown so are ratios. */
export function isRatio(showAs: ShowAs): boolean {
  return showAs !== "value" && showAs !== "difference";
}

/** The value of a cell as the view wants to see it. */
export function shownValue(model: Model, row: Line, column: Column, parent: Line | null): Value {
  const showAs = model.view.formats[column.measure]?.showAs ?? "value";
  const value = model.value(row, column.line, column.measure);
  if (showAs === "value" || typeof value !== "number") return value;
  const other = comparedWith(model, showAs, { row, column: column.line }, parent);
  if (!other) return null;
  const base = model.value(other.row, other.column, column.measure);
  if (typeof base !== "number") return base === null ? null : base;
  if (showAs === "difference") return value - base;
  if (base === 0) return null;
  return showAs === "growth" ? value / base - 1 : value / base;
}

function comparedWith(model: Model, showAs: ShowAs, at: Places, parent: Line | null): Places | null {
  const totalRow = wholeLine(at.row);
  const totalColumn = wholeLine(at.column);
  switch (showAs) {
    case "row":
      return { row: at.row, column: totalColumn };
    case "column":
      return { row: totalRow, column: at.column };
    case "grand":
      return { row: totalRow, column: totalColumn };
    case "parent":
      return { row: parent ?? totalRow, column: at.column };
    default:
      return before(model, at);
  }
}

/** The line of All on the axis of a line, shown or not. */
function wholeLine(line: Line): Line {
  const root = { ...line.group, path: [], id: "[]" };
  return { ...line, kind: "total", group: root, place: -1, depth: 0, member: undefined, path: [], id: "total" };
}

/** The column before, among those of the same parent. */
function before(model: Model, at: Places): Places | null {
  const { group, place, kind } = at.column;
  const line = model.lines.find((other) => other.kind === kind && other.group === group && other.place === place - 1);
  return kind === "member" && line ? { row: at.row, column: line } : null;
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Colour scales, one for each measure and each group of rows by columns: totals do not stretch them. */
export class Heat {
  private readonly ranges = new Map<string, Range | null>();

  constructor(private readonly model: Model) {}

  /** How far a value lies between the least and the most of its group, from 0 to 1; null without colour. */
  degree(row: Line, column: Column, value: Value): number | null {
    const isOn = heatOf(this.model.view, column.measure);
    if (!isOn || typeof value !== "number" || row.kind === "total" || this.isTotalColumn(column)) return null;
    const range = this.range(row, column);
    if (!range || range.most === range.least) return null;
    return (value - range.least) / (range.most - range.least);
  }

  private isTotalColumn(column: Column): boolean {
    return column.line.kind === "total" && this.model.questions.columnLevels.length > 0;
  }

  private range(row: Line, column: Column): Range | null {
    const id = `${row.group.id}|${column.line.group.id}|${column.measure}`;
    const known = this.ranges.get(id);
    if (known !== undefined) return known;
    const block = this.model.scaleBlock(row, column.line);
    const found = block ? rangeOf(block.values(column.measure)) : null;
    this.ranges.set(id, found);
    return found;
  }
}

export function heatOf(view: View, measure: string): boolean {
  const format = view.formats[measure];
  return format?.heat === true && (format.showAs ?? "value") === "value";
}

export function rangeOf(values: Iterable<number>): Range | null {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least <= most ? { least, most } : null;
}
