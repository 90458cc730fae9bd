// The table on the screen as rows of cells, with all its rows and columns, in sight or not. Pure.

import type { Cube } from "../api/types";
import type { Table } from "../app/table";
import { levelCaption, measureOf } from "../grid/captions";
import type { Header } from "../grid/headers";
import { headerAt } from "../grid/HeaderRows";
import type { Line } from "../grid/axis";
import { showAsOf, WAYS } from "../query/showAs";

export interface SheetCell {
  readonly value: string | number | null;
  /** A number format, as the model writes it. */
  readonly format: string;
  readonly bold: boolean;
  readonly indent: number;
}

export interface Sheet {
  readonly heads: number;
  readonly rows: readonly (readonly SheetCell[])[];
}

export interface SheetNames {
  readonly row: (line: Line) => string;
  readonly header: (header: Header) => string;
}

function text(value: string, bold = false, indent = 0): SheetCell {
  return { value, format: "", bold, indent };
}

export function sheetOf(table: Table, cube: Cube, names: SheetNames): Sheet {
  const { model } = table;
  const corner = model.questions.rowLevels.map((level) => levelCaption(cube, level)).join(" › ");
  const headText = (level: number, column: number) => {
    const header = headerAt(model.headers, model.headerDepth, { row: level - model.headerDepth, column });
    return header ? names.header(header) : "";
  };
  const heads = Array.from({ length: model.headerDepth }, (_, level) => [
    text(level === model.headerDepth - 1 ? corner : "", true),
    ...model.columns.map((_column, at) => text(headText(level, at), true)),
  ]);
  const body = model.rows.map((line, row) => [
    text(names.row(line), line.kind === "total", line.depth),
    ...model.columns.map((column, at) => numberCell(table.value(row, at), formatOf(table, cube, column.measure), line)),
  ]);
  return { heads: model.headerDepth, rows: [...heads, ...body] };
}

function numberCell(value: unknown, format: string, line: Line): SheetCell {
  return { value: typeof value === "number" ? value : null, format, bold: line.kind === "total", indent: 0 };
}

function formatOf(table: Table, cube: Cube, measure: string): string {
  const showAs = showAsOf(table.model.view, measure);
  const shown = showAs === "value" ? "" : WAYS[showAs].format;
  return shown || (measureOf(cube, measure)?.format ?? "");
}
