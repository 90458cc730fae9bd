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

export function columnsOf(lines: readonly Line[], measures: readonly string[]): readonly Column[] {
  return lines.flatMap((line) => measures.map((measure) => ({ line, measure, id: `${line.id}:${measure}` })));
}

/** How many header lines members take: one for each depth that is open. */
export function headerDepth(lines: readonly Line[], levels: number): number {
  return levels === 0 ? 0 : lines.reduce((deepest, line) => Math.max(deepest, line.depth + 1), 1);
}

export function headersOf(lines: readonly Line[], measures: readonly string[], levels: number): readonly Header[] {
  const depth = headerDepth(lines, levels);
  const width = measures.length;
  const members = depth === 0 ? [] : lines.flatMap((_, at) => memberHeaders(lines, at, depth, width));
  const last = lines.flatMap((line, at) =>
    measures.map(
      (measure, offset): Header => ({
        kind: "measure",
        line,
        measure,
        top: depth,
        bottom: depth + 1,
        start: at * width + offset,
        end: at * width + offset + 1,
        id: `measure:${line.id}:${measure}`,
      }),
    ),
  );
  return [...members, ...last];
}

function memberHeaders(lines: readonly Line[], at: number, depth: number, width: number): readonly Header[] {
  const line = lines[at]!;
  const start = at * width;
  const own = { line, start, end: start + width };
  if (line.kind !== "member") return [{ kind: line.kind, ...own, top: line.depth, bottom: depth, id: line.id }];
  if (!line.expanded) return [{ kind: "member", ...own, top: line.depth, bottom: depth, id: line.id }];
  const end = (lastBelow(lines, at) + 1) * width;
  return [
    { kind: "member", line, start, end, top: line.depth, bottom: line.depth + 1, id: line.id },
    { kind: "own", ...own, top: line.depth + 1, bottom: depth, id: `${line.id}/own` },
  ];
}

/** The last line below a line. */
function lastBelow(lines: readonly Line[], at: number): number {
  const depth = lines[at]!.depth;
  let last = at;
  while (last + 1 < lines.length && lines[last + 1]!.depth > depth) last += 1;
  return last;
}
