// The texts and widths of a table on the screen. Pure, but for the language it writes in.

import type { Cube } from "../api/types";
import { measureCaption, measureOf } from "../grid/captions";
import { Heat, shownValue } from "../grid/cells";
import type { Model, Value } from "../grid/model";
import type { Area } from "../grid/place";
import type { ShownCell } from "../grid/Row";
import { showAsOf, WAYS } from "../query/showAs";
import { writer, type Write } from "../text/numbers";
import { measureAt } from "../grid/headers";

const LEAST_WIDTH = 84;
const MOST_WIDTH = 220;
const MOST_MEMBER_WIDTH = 120;

/** What the cells of a model say. */
export class Table {
  private readonly heat: Heat;
  private readonly writers: ReadonlyMap<string, Write>;

  constructor(
    readonly model: Model,
    readonly cube: Cube,
    private readonly locale: string,
  ) {
    this.heat = new Heat(model);
    this.writers = new Map(model.view.measures.map((name) => [name, writeOf(model, cube, name, locale)]));
  }

  value(row: number, column: number): Value {
    const [line, across] = [this.model.rows[row], this.model.columns[column]];
    if (!line || !across || this.model.hidesOwn(line)) return null;
    return shownValue(this.model, line, across);
  }

  text(value: Value, measure: string): string {
    return typeof value === "number" ? this.writers.get(measure)!(value) : "";
  }

  /** What a cell says; a calculated member may have a format of its own. */
  textAt(row: number, column: number): string {
    const [line, across, value] = [this.model.rows[row], this.model.columns[column]!, this.value(row, column)];
    const format = across.line.member?.format ?? line?.member?.format;
    if (typeof value !== "number") return "";
    return format ? writer(this.locale, format)(value) : this.text(value, measureAt(line, across));
  }

  /** A value as it is, whatever it is shown as in cells. */
  plainText(value: number, measure: string): string {
    return writer(this.locale, measureOf(this.cube, measure)?.format ?? "", this.model.view.formats[measure])(value);
  }

  show = (row: number, column: number): ShownCell => {
    const value = this.value(row, column);
    const across = this.model.columns[column]!;
    if (value === "loading" || value === "error") {
      return { text: value === "error" ? "⚠" : "", state: value, mark: null, negative: false };
    }
    const mark = this.heat.mark(this.model.rows[row]!, across, value);
    const negative = value !== null && value < 0;
    return { text: this.textAt(row, column), state: "ready", mark, negative };
  };

  /** What the colours of each heat map over the whole slice span, among the outermost rows. */
  legends(): readonly { readonly measure: string; readonly least: string; readonly most: string }[] {
    const row = this.model.rows.find((line) => line.kind === "member");
    const column = this.model.columns.find(({ line }) => line.kind === "member") ?? this.model.columns[0];
    const hot = this.model.view.measures.filter((name) => this.model.view.formats[name]?.colour === "heat");
    return hot.flatMap((measure) => {
      const isWhole = (this.model.view.formats[measure]?.scope ?? "slice") === "slice";
      const found = row && column && isWhole ? this.model.scale(row, { ...column, measure }) : null;
      return found ? [{ measure, least: this.text(found[0], measure), most: this.text(found[1], measure) }] : [];
    });
  }

  /** The width of each column: as dragged, else as the header and the total need. */
  widths(): readonly number[] {
    const found = new Map(this.model.view.measures.map((name, at) => [name, this.fit(name, at)]));
    const widest = Math.max(LEAST_WIDTH, ...found.values());
    return this.model.columns.map((column) => found.get(column.measure) ?? widest);
  }

  private fit(name: string, at: number): number {
    const dragged = this.model.view.widths[name];
    if (dragged) return dragged;
    const widest = this.model.rows.length > 0 ? this.text(this.value(0, at), name).length : 0;
    const needed = 30 + Math.max(textWidth(measureCaption(this.cube, name)), this.memberWidth(), widest * 7.6);
    return Math.round(Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, needed)));
  }

  /** A member that stands over one column needs room for its name. */
  private memberWidth(): number {
    if (this.model.view.measures.length > 1) return 0;
    const members = this.model.lines.slice(0, 60).map((line) => textWidth(line.member?.caption ?? ""));
    return Math.min(MOST_MEMBER_WIDTH, Math.max(0, ...members));
  }

  /** Rows of texts with headers, for a spreadsheet. */
  copy(area: Area, rowCaption: (at: number) => string, columnCaptions: (at: number) => readonly string[]): readonly string[][] {
    const columns = range(area.left, area.right);
    const depth = this.model.headerDepth;
    const heads = range(0, depth - 1).map((level) => ["", ...columns.map((at) => columnCaptions(at)[level] ?? "")]);
    const body = range(area.top, area.bottom).map((row) => [
      rowCaption(row),
      ...columns.map((column) => plain(this.value(row, column))),
    ]);
    return [...heads, ...body];
  }
}

/** Numbers stay numbers: no grouping, a point. */
function plain(value: Value): string {
  return typeof value === "number" ? String(value) : "";
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/** Hangul is nearly twice as wide. */
function textWidth(text: string): number {
  return [...text].reduce((width, sign) => width + (sign.charCodeAt(0) > 0x1100 ? 13 : 7.4), 0);
}

function writeOf(model: Model, cube: Cube, name: string, locale: string): Write {
  const wish = model.view.formats[name] ?? {};
  const showAs = showAsOf(model.view, name);
  const format = showAs === "value" ? "" : WAYS[showAs].format;
  return format ? writer(locale, format, wish.decimals === undefined ? {} : { decimals: wish.decimals }) : writer(locale, measureOf(cube, name)?.format ?? "", wish);
}
