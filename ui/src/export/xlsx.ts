// A sheet as a workbook (ECMA-376): numbers as numbers with their formats, members indented, headers frozen. Pure.

import type { Sheet, SheetCell } from "./sheet";
import { zipOf } from "./zip";

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const DOCS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml";
/** Formats of one's own begin at this number. */
const FIRST_FORMAT = 164;

export function workbookOf(sheet: Sheet, name: string, about: readonly (readonly [string, string])[]): Blob {
  const styles = new Styles();
  const data = worksheet(sheet, styles);
  const told = { heads: 0, labels: 1, rows: about.map((row) => row.map((value) => ({ value, format: "", bold: false, indent: 0 }))) };
  const second = worksheet(told, styles);
  return zipOf({
    "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${KIND}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${KIND}.worksheet+xml"/><Override PartName="/xl/worksheets/sheet2.xml" ContentType="${KIND}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${KIND}.styles+xml"/></Types>`,
    "_rels/.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${DOCS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${HEAD}<workbook ${MAIN} xmlns:r="${DOCS}"><sheets><sheet name="${escape(name.slice(0, 31))}" sheetId="1" r:id="r1"/><sheet name="About" sheetId="2" r:id="r2"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${DOCS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${DOCS}/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="r3" Type="${DOCS}/styles" Target="styles.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": data,
    "xl/worksheets/sheet2.xml": second,
    "xl/styles.xml": styles.xml(),
  });
}

/** The styles in use, each once. */
class Styles {
  private readonly formats: string[] = [];
  private readonly cells = new Map<string, number>([["", 0]]);
  private readonly written = ['<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'];

  of({ format, bold, indent }: SheetCell): number {
    const id = format || bold || indent ? `${format}|${bold}|${indent}` : "";
    const known = this.cells.get(id);
    if (known !== undefined) return known;
    const align = indent > 0 ? `<alignment indent="${indent}"/>` : "";
    this.written.push(
      `<xf numFmtId="${this.format(format)}" fontId="${bold ? 1 : 0}" fillId="0" borderId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">${align}</xf>`,
    );
    this.cells.set(id, this.written.length - 1);
    return this.written.length - 1;
  }

  private format(format: string): number {
    if (format === "") return 0;
    if (!this.formats.includes(format)) this.formats.push(format);
    return FIRST_FORMAT + this.formats.indexOf(format);
  }

  xml(): string {
    const formats = this.formats.map((code, at) => `<numFmt numFmtId="${FIRST_FORMAT + at}" formatCode="${escape(code)}"/>`);
    return `${HEAD}<styleSheet ${MAIN}>${formats.length > 0 ? `<numFmts count="${formats.length}">${formats.join("")}</numFmts>` : ""}<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${this.written.length}">${this.written.join("")}</cellXfs></styleSheet>`;
  }
}

function worksheet(sheet: Sheet, styles: Styles): string {
  const frozen = `<sheetViews><sheetView workbookViewId="0"><pane xSplit="${sheet.labels}" ySplit="${sheet.heads}" topLeftCell="${letters(sheet.labels)}${sheet.heads + 1}" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>`;
  const rows = sheet.rows.map((row, at) => `<row r="${at + 1}">${row.map((cell, across) => cellOf(cell, `${letters(across)}${at + 1}`, styles)).join("")}</row>`);
  return `${HEAD}<worksheet ${MAIN}>${sheet.heads > 0 ? frozen : ""}<cols><col min="1" max="1" width="36" customWidth="1"/><col min="2" max="${Math.max(2, sheet.rows[0]?.length ?? 2)}" width="16" customWidth="1"/></cols><sheetData>${rows.join("")}</sheetData></worksheet>`;
}

function cellOf(cell: SheetCell, place: string, styles: Styles): string {
  const style = styles.of(cell);
  if (typeof cell.value === "number") return `<c r="${place}" s="${style}"><v>${cell.value}</v></c>`;
  if (!cell.value) return `<c r="${place}" s="${style}"/>`;
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escape(cell.value)}</t></is></c>`;
}

/** A, B, ... Z, AA, ... */
export function letters(column: number): string {
  const rest = column % 26;
  return (column >= 26 ? letters((column - rest) / 26 - 1) : "") + String.fromCharCode(65 + rest);
}

function escape(text: string): string {
  const clean = [...text].filter((sign) => sign >= " " || sign === "\t" || sign === "\n").join("");
  return clean.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
