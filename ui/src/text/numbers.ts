// Numbers as the model's formats write them (`#,##0.00`, `0.0%`), in the language of the page. Pure.

import type { MeasureFormat, Scale } from "../view/view";

export interface Pattern {
  readonly decimals: number;
  readonly least: number;
  readonly percent: boolean;
  readonly grouped: boolean;
  /** Whether a plus stands before what is positive. */
  readonly signed: boolean;
}

/** Read a format of the model. */
export function readPattern(format: string): Pattern {
  const [positive = ""] = format.split(";");
  const [, fraction = ""] = positive.replace("%", "").split(".");
  const least = [...fraction].filter((sign) => sign === "0").length;
  return { decimals: fraction.length, least, percent: positive.endsWith("%"), grouped: positive.includes(","), signed: positive.startsWith("+") };
}

const SCALES: Readonly<Record<Scale, readonly [number, string]>> = {
  none: [1, ""],
  thousand: [1e3, "K"],
  million: [1e6, "M"],
  tenThousand: [1e4, "만"],
  hundredMillion: [1e8, "억"],
};

export type Write = (value: number) => string;

/** Make what writes the numbers of a measure. */
export function writer(language: string, format: string, wish: MeasureFormat = {}): Write {
  const pattern = readPattern(format);
  const [divisor, suffix] = SCALES[wish.scale ?? "none"];
  const decimals = wish.decimals ?? (divisor > 1 ? 1 : pattern.decimals);
  const written = new Intl.NumberFormat(language, {
    style: pattern.percent ? "percent" : "decimal",
    minimumFractionDigits: wish.decimals ?? (divisor > 1 ? decimals : pattern.least),
    maximumFractionDigits: decimals,
    useGrouping: pattern.grouped,
    signDisplay: pattern.signed ? "exceptZero" : "auto",
  });
  return (value) => `${written.format(value / divisor)}${suffix}`;
}

/** What spreadsheets divide by with commas behind a format; they know no ten thousands. */
const COMMAS: Readonly<Partial<Record<Scale, string>>> = { thousand: ',"K"', million: ',,"M"' };

/** A format as spreadsheets write it, with the decimals and the scale that a measure is shown with. */
export function spreadsheetFormat(format: string, { decimals, scale = "none" }: MeasureFormat = {}): string {
  const commas = COMMAS[scale] ?? "";
  if (decimals === undefined && commas === "") return format;
  const places = decimals ?? 1;
  const fraction = places > 0 ? `.${"0".repeat(places)}` : "";
  const styled = (part: string) => part.replace(/([#,0]*0)(\.[0#]+)?/, (_, whole: string) => `${whole}${fraction}${commas}`);
  return (format || "#,##0").split(";").map(styled).join(";");
}
