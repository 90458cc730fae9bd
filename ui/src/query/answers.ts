// Answers, ready to be looked up by member.

import { memberId } from "../api/keys";
import type { Answer, Axis, Member, Meta, Tuple } from "../api/types";

/** The position of All, where a total stands. */
export const ALL = "";
/** The position of the total of what is shown. No member is called so: members have keys in brackets. */
export const SHOWN = "shown";

const OTHERS = memberId(null);

/** An answer whose axes have at most one level each. */
export class Block {
  readonly rows: readonly Member[];
  readonly columns: readonly Member[];
  private readonly rowAt: ReadonlyMap<string, number>;
  private readonly columnAt: ReadonlyMap<string, number>;

  constructor(private readonly answer: Answer) {
    this.rows = members(answer.axes.rows.tuples);
    this.columns = members(answer.axes.columns.tuples);
    this.rowAt = positions(answer.axes.rows);
    this.columnAt = positions(answer.axes.columns);
  }

  get meta(): Meta {
    return this.answer.meta;
  }

  /** The members of the row group on all pages, as the first page tells; totals are none, the others are one. */
  get rowCount(): number {
    return this.answer.axes.rows.total - totalsOf(this.answer.axes.rows);
  }

  /** A value; null where the cell is empty, or has no row or column here because it is empty all along. */
  value(measure: string, row: string, column: string): number | null {
    const [at, across] = [this.rowAt.get(row), this.columnAt.get(column)];
    if (at === undefined || across === undefined) return null;
    return this.answer.cells[measure]?.[at]?.[across] ?? null;
  }

  /** All values of a measure at members, totals left out. */
  *values(measure: string): Generator<number> {
    for (const [row, at] of this.rowAt) {
      if (row === ALL || row === SHOWN || row === OTHERS) continue;
      for (const [column, across] of this.columnAt) {
        const value = this.answer.cells[measure]?.[at]?.[across];
        if (typeof value === "number" && (column !== ALL || this.columnAt.size === 1)) yield value;
      }
    }
  }
}

function members(tuples: readonly Tuple[]): readonly Member[] {
  return tuples.map((tuple) => tuple[0] ?? null).filter((member) => member !== null);
}

/** Where each member stands; an axis without levels has one place, and it is All. */
function positions({ tuples, shown = [] }: Axis): ReadonlyMap<string, number> {
  return new Map(tuples.map((tuple, at) => [tuple[0] ? memberId(tuple[0].key) : shown.includes(at) ? SHOWN : ALL, at]));
}

/** How many totals stand before the members of an axis. */
export function totalsOf({ tuples }: Axis): number {
  const first = tuples.findIndex((tuple) => tuple.some((member) => member !== null));
  return first < 0 ? tuples.length : first;
}

/** A group cut out of an answer over several row levels. */
export interface Part {
  /** The members above the group, outermost first. */
  readonly parents: readonly Member[];
  readonly answer: Answer;
}

/** Part an answer with subtotals on several row levels into one answer for each parent. */
export function splitByParent(answer: Answer): readonly Part[] {
  const groups = new Map<string, { parents: readonly Member[]; rows: number[] }>();
  const own = new Map<string, number[]>();
  answer.axes.rows.tuples.forEach((tuple, row) => {
    const path = tuple.filter((member) => member !== null);
    own.set(idOf(path), [...(own.get(idOf(path)) ?? []), row]);
    if (path.length === 0) return;
    const parents = path.slice(0, -1);
    const group = groups.get(idOf(parents)) ?? { parents, rows: [] };
    groups.set(idOf(parents), group);
    group.rows.push(row);
  });
  return [...groups].map(([id, { parents, rows }]) => ({
    parents,
    answer: pick(answer, parents.length, own.get(id) ?? [], rows),
  }));
}

function idOf(path: readonly Member[]): string {
  return JSON.stringify(path.map((member) => member.key));
}

function pick(answer: Answer, depth: number, totals: readonly number[], rows: readonly number[]): Answer {
  const taken = [...totals, ...rows];
  const tuples = taken.map((row) => [totals.includes(row) ? null : (answer.axes.rows.tuples[row]![depth] ?? null)]);
  const shown = (answer.axes.rows.shown ?? []).flatMap((row) => (totals.includes(row) ? [totals.indexOf(row)] : []));
  const cells = Object.fromEntries(
    Object.entries(answer.cells).map(([measure, values]) => [measure, taken.map((row) => values[row]!)]),
  );
  return { ...answer, axes: { ...answer.axes, rows: { tuples, shown, total: taken.length, offset: 0 } }, cells };
}
