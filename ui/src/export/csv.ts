// A sheet as CSV by RFC 4180, with the mark by which spreadsheets know UTF-8. Pure.

import type { Sheet, SheetCell } from "./sheet";

export function csvOf(sheet: Sheet): string {
  return `\uFEFF${sheet.rows.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

function field({ value }: SheetCell): string {
  if (typeof value === "number") return String(value);
  const text = guarded(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A text that a spreadsheet would take for a formula gets an apostrophe, as in the server's CSV. */
function guarded(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
