// What is written of the facts behind a cell: a heading a column, and a text a value.

import { keyText } from "../api/keys";
import type { Column, Cube, Fact, Key } from "../api/types";
import { levelCaption, levelOf } from "../grid/captions";

/** What a column is called: a level as everywhere on the page, a column of the table by its label. */
export function headingOf(cube: Cube, column: Column): string {
  return levelOf(cube, column.name) ? levelCaption(cube, column.name) : column.label;
}

/** What is shown of a fact: the caption of a member that has one, else the value itself. */
export function shown(fact: Fact, { name }: Column): Key | undefined {
  return `${name}.caption` in fact ? fact[`${name}.caption`] : fact[name];
}

/** Whether its values are amounts. Whole numbers may be keys, which nobody reads by thousands. */
function isAmount({ type }: Column): boolean {
  return type.startsWith("decimal") || type === "float";
}

export function written(
  value: Key | undefined,
  column: Column,
  locale: string,
  { blank, unknown }: { readonly blank: string; readonly unknown: string },
): string {
  if (typeof value === "number" && isAmount(column)) return new Intl.NumberFormat(locale, digits(column)).format(value);
  if (column.type === "timestamp" && typeof value === "string") return value.replace("T", " ");
  return keyText(value, blank, unknown);
}

/** A decimal has the digits of its scale, so that points stand below each other. */
function digits({ type }: Column): Intl.NumberFormatOptions {
  const scale = /^decimal\((\d+)\)$/.exec(type)?.[1];
  return scale === undefined ? { maximumFractionDigits: 4 } : { minimumFractionDigits: Number(scale), maximumFractionDigits: Number(scale) };
}
