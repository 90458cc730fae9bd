// The table on the screen as rows of cells, with all its rows and columns, in sight or not. Pure.

import type { Cube } from "../api/types";
import type { Table } from "../app/table";
import { levelCaption, measureOf } from "../grid/captions";
import { measureAt, type Column, type Header } from "../grid/headers";
import { labelsOf } from "../grid/labels";
import { headerAt } from "../grid/HeaderRows";
import { isTotal, type Line } from "../grid/axis";
import { showAsOf, WAYS } from "../query/showAs";
import { spreadsheetFormat } from "../text/numbers";

export interface SheetCell {
  readonly value: string | number | null;
  /** A number format, as the model writes it. */
  readonly format: string;
  readonly bold: boolean;
  readonly indent: number;
}

export interface Sheet {
  readonly heads: number;
  /** How many columns of labels come first. */
  readonly labels: number;
  readonly rows: readonly (readonly SheetCell[])[];
}

export interface SheetNames {
  readonly row: (line: Line) => string;
  readonly measure: (line: Line) => string;
  readonly header: (header: Header) => string;
}

function text(value: string, bold = false, indent = 0): SheetCell {
  return { value, format: "", bold, indent };
}

export function sheetOf(table: Table, cube: Cube, names: SheetNames): Sheet {
  const { model } = table;
  const { layout, measuresOn } = model.view;
  const levels = model.questions.rowLevels.map((level) => levelCaption(cube, level));
  const ofMeasure = measuresOn === "rows" ? [""] : [];
  const corner = [...(layout === "table" && levels.length > 1 ? levels : [levels.join(" › ")]), ...ofMeasure];
  const headText = (level: number, column: number) => {
    const header = headerAt(model.headers, model.headerDepth, { row: level - model.headerDepth, column });
    return header ? names.header(header) : "";
  };
  const heads = Array.from({ length: model.headerDepth }, (_, level) => [
    ...corner.map((caption) => text(level === model.headerDepth - 1 ? caption : "", true)),
    ...model.columns.map((_column, at) => text(headText(level, at), true)),
  ]);
  const labels = (line: Line) => {
    const found = labelsOf(line, layout, levels.length, names.row);
    const indent = found.length > 1 ? 0 : line.depth;
    const own = [...found, ...ofMeasure.map(() => names.measure(line))];
    return own.map((caption, at) => text(caption, isSum(line), at === 0 ? indent : 0));
  };
  const body = model.rows.map((line, row) => [
    ...labels(line),
    ...model.columns.map((column, at) => numberCell(table.value(row, at), formatOf(table, cube, line, column), line)),
  ]);
  return { heads: model.headerDepth, labels: corner.length, rows: [...heads, ...body] };
}

function numberCell(value: unknown, format: string, line: Line): SheetCell {
  return { value: typeof value === "number" ? value : null, format, bold: isSum(line), indent: 0 };
}

function isSum(line: Line): boolean {
  return isTotal(line) || line.kind === "subtotal";
}

function formatOf({ model }: Table, cube: Cube, line: Line, column: Column): string {
  const own = column.line.member?.format ?? line.member?.format;
  const measure = measureAt(line, column);
  const showAs = showAsOf(model.view, measure);
  const { decimals, scale } = model.view.formats[measure] ?? {};
  const wish = decimals === undefined ? {} : { decimals };
  if (own) return own;
  if (showAs !== "value" && WAYS[showAs].format) return spreadsheetFormat(WAYS[showAs].format, wish);
  return spreadsheetFormat(measureOf(cube, measure)?.format ?? "", scale ? { ...wish, scale } : wish);
}
