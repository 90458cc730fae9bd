// The column headers: a line for each level that is open, and one for the measures. Pure.

import type { Line } from "./axis";

/** A column of cells: a line of the column axis, and a measure there. */
export interface Column {
  readonly line: Line;
  readonly measure: string;
  readonly id: string;
}

/** A header cell that spans columns `start` to `end` (left out), and header lines `top` to `bottom` (left out). */
export interface Header {
  readonly kind: "own" | "measure" | Line["kind"];
  readonly line: Line;
  readonly measure?: string;
  readonly top: number;
  readonly bottom: number;
  readonly start: number;
  readonly end: number;
  readonly id: string;
}

/** The measure of a cell: that of its column or, where measures stand on rows, of its row. */
export function measureAt(row: Line | undefined, column: Column): string {
  return row?.measure ?? column.measure;
}

/** Whether an open column shows no values of its own, but only those of its children. */
export type HidesOwn = (line: Line) => boolean;

const SHOWS_ALL: HidesOwn = () => false;

export function columnsOf(lines: readonly Line[], measures: readonly string[], hidesOwn = SHOWS_ALL): readonly Column[] {
  const shown = lines.filter((line) => !hidesOwn(line));
  return shown.flatMap((line) => measures.map((measure) => ({ line, measure, id: `${line.id}:${measure}` })));
}

/** How many header lines members take: one for each depth that is open. */
export function headerDepth(lines: readonly Line[], levels: number): number {
  return levels === 0 ? 0 : lines.reduce((deepest, line) => Math.max(deepest, line.depth + 1), 1);
}

export function headersOf(lines: readonly Line[], measures: readonly string[], levels: number, hidesOwn = SHOWS_ALL): readonly Header[] {
  const depth = headerDepth(lines, levels);
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + (hidesOwn(line) ? 0 : measures.length));
  const members = depth === 0 ? [] : lines.flatMap((_, at) => memberHeaders(lines, at, depth, starts));
  const last = lines.flatMap((line, at) =>
    (hidesOwn(line) ? [] : measures).map((measure, offset): Header => {
      const start = starts[at]! + offset;
      return { kind: "measure", line, measure, top: depth, bottom: depth + 1, start, end: start + 1, id: `measure:${line.id}:${measure}` };
    }),
  );
  return [...members, ...last];
}

function memberHeaders(lines: readonly Line[], at: number, depth: number, starts: readonly number[]): readonly Header[] {
  const line = lines[at]!;
  const own = { line, start: starts[at]!, end: starts[at + 1]! };
  if (line.kind === "subtotal") return [{ kind: line.kind, ...own, top: line.depth + 1, bottom: depth, id: line.id }];
  if (line.kind !== "member") return [{ kind: line.kind, ...own, top: line.depth, bottom: depth, id: line.id }];
  if (!line.expanded) return [{ kind: "member", ...own, top: line.depth, bottom: depth, id: line.id }];
  const whole: Header = { kind: "member", ...own, end: starts[lastBelow(lines, at) + 1]!, top: line.depth, bottom: line.depth + 1, id: line.id };
  return own.start === own.end ? [whole] : [whole, { kind: "own", ...own, top: line.depth + 1, bottom: depth, id: `${line.id}/own` }];
}

/** The last line below a line: its own total, where that stands there. */
function lastBelow(lines: readonly Line[], at: number): number {
  const depth = lines[at]!.depth;
  let last = at;
  while (last + 1 < lines.length && lines[last + 1]!.depth > depth) last += 1;
  return lines[last + 1]?.kind === "subtotal" ? last + 1 : last;
}
