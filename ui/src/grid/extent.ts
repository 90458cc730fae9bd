// Which rows and columns are in sight. Pure.

/** The tallest element that is safe: Chromium stops at 33.5 million pixels. */
const TALLEST = 16_000_000;

/** Rows that are drawn below the window, so that one that grows or scrolls is never empty there. */
const BEYOND = 8;

/** A list of rows of one height, scaled where it would be taller than an element can be. */
export interface RowExtent {
  readonly height: number;
  readonly first: number;
  readonly last: number;
  /** How far the first row lies above the top of the window, in pixels. */
  readonly shift: number;
}

export function rowExtent(count: number, rowHeight: number, scrolled: number, window: number): RowExtent {
  const full = count * rowHeight;
  const height = Math.min(full, TALLEST);
  const scale = height > window ? (full - window) / (height - window) : 1;
  const top = Math.max(0, Math.min(scrolled * scale, full - window));
  const first = Math.floor(top / rowHeight);
  const last = Math.min(count, Math.ceil((top + window) / rowHeight) + BEYOND);
  return { height, first, last, shift: top - first * rowHeight };
}

/** The scroll position that brings a row to the top of the window. */
export function rowScroll(row: number, count: number, rowHeight: number, window: number): number {
  const full = count * rowHeight;
  const height = Math.min(full, TALLEST);
  return height > window && full > height ? (row * rowHeight * (height - window)) / (full - window) : row * rowHeight;
}

/** The left edge of each column, and behind the last one the width of all. */
export function edges(widths: readonly number[]): readonly number[] {
  const found = [0];
  for (const width of widths) found.push(found.at(-1)! + width);
  return found;
}

/** The columns that a window shows, some beyond its edges. */
export function columnExtent(edge: readonly number[], scrolled: number, window: number): readonly [number, number] {
  const first = Math.max(0, firstAbove(edge, scrolled) - 1);
  const last = Math.min(edge.length - 1, firstAbove(edge, scrolled + window));
  return [first, Math.max(first, last)];
}

/** The first index whose edge lies beyond a position. */
function firstAbove(edge: readonly number[], position: number): number {
  let [low, high] = [0, edge.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edge[middle]! > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
