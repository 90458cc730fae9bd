// Sum, average and count of the selected cells, for the status line. A help for the eye, never a total.

import type { Area } from "../grid/place";
import type { Words } from "../text/en";
import type { Table } from "./table";

const MOST_CELLS = 20_000;

export function summary(
  area: Area | null,
  table: Table,
  words: Words,
  locale: string,
  count: (value: number) => string,
): string {
  if (!area || (area.bottom === area.top && area.right === area.left)) return "";
  if ((area.bottom - area.top + 1) * (area.right - area.left + 1) > MOST_CELLS) return "";
  const values: number[] = [];
  for (let row = area.top; row <= area.bottom; row += 1)
    for (let column = area.left; column <= area.right; column += 1) {
      const value = table.value(row, column);
      if (typeof value === "number") values.push(value);
    }
  const sum = values.reduce((total, value) => total + value, 0);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  return values.length > 0 ? `Σ ${number.format(sum)} · ⌀ ${number.format(sum / values.length)} · n ${count(values.length)}` : words.empty;
}
