// Answers, ready to be looked up by member.

import { memberId } from "../api/keys";
import type { Answer, Axis, Member, Meta, Tuple } from "../api/types";

/** The position of All, where a total stands. */
export const ALL = "";
/** The position of the total of what is shown. No member is called so: members have keys in brackets. */
export const SHOWN = "shown";

const OTHERS = memberId(null);

/** How a member is looked up in a block: calculated ones and the others have no key. */
export function placeOf(member: Member): string {
  return member.calculated ? `calculated ${member.calculated}` : memberId(member.key);
}

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

  /** The least and greatest value of a measure on all pages; null unless asked for. */
  range(measure: string): readonly [number, number] | null {
    const [least, most] = this.answer.ranges?.[measure] ?? [null, null];
    return least === null || most === null ? null : [least, most];
  }

  /** All values of a measure at members, totals left out; of one row or one column, where it is named. */
  *values(measure: string, only: { readonly row?: string; readonly column?: string } = {}): Generator<number> {
    for (const [row, at] of this.rowAt) {
      if (isNoMember(row) || (only.row ?? row) !== row) continue;
      for (const [column, across] of this.columnAt) {
        if ((only.column ?? column) !== column || (isNoMember(column) && this.columnAt.size > 1)) continue;
        const value = this.answer.cells[measure]?.[at]?.[across];
        if (typeof value === "number") yield value;
      }
    }
  }
}

/** Totals, the others and calculated members stretch no scale. */
function isNoMember(place: string): boolean {
  return place === ALL || place === SHOWN || place === OTHERS || place.startsWith("calculated ");
}

function members(tuples: readonly Tuple[]): readonly Member[] {
  return tuples.map((tuple) => tuple[0] ?? null).filter((member) => member !== null);
}

/** Where each member stands; an axis without levels has one place, and it is All. */
function positions({ tuples, shown = [] }: Axis): ReadonlyMap<string, number> {
  return new Map(tuples.map((tuple, at) => [tuple[0] ? placeOf(tuple[0]) : shown.includes(at) ? SHOWN : ALL, at]));
}

/** How many totals stand before the members of an axis. */
export function totalsOf({ tuples }: Axis): number {
  const first = tuples.findIndex((tuple) => tuple.some((member) => member !== null));
  return first < 0 ? tuples.length : first;
}

/** A group cut out of an answer over several row levels. */
export interface Part {
  /** The members above the group, outermost first, each with the number of its level. */
  readonly parents: readonly { readonly member: Member; readonly at: number }[];
  /** The number of the group's own level. */
  readonly at: number;
  readonly answer: Answer;
}

/**
 * Part an answer with subtotals on several row levels into one answer for each parent. A member above others that has no
 * row of its own is hidden in a ragged hierarchy: what is below it stands under the one above.
 */
export function splitByParent(answer: Answer): readonly Part[] {
  const { tuples } = answer.axes.rows;
  const own = new Map<string, number[]>();
  const paths = tuples.map((tuple) => tuple.filter((member) => member !== null));
  paths.forEach((path, row) => own.set(idOf(path), [...(own.get(idOf(path)) ?? []), row]));
  const groups = new Map<string, Omit<Part, "answer"> & { readonly above: readonly Member[]; readonly rows: number[] }>();
  paths.forEach((path, row) => {
    if (path.length === 0) return;
    const above = path.slice(0, -1).map((member, at) => ({ member, at }));
    const parents = above.filter(({ at }) => own.has(idOf(path.slice(0, at + 1))));
    const at = path.length - 1;
    const id = `${at}:${idOf(parents.map(({ member }) => member))}`;
    const group = groups.get(id) ?? { parents, at, above: path.slice(0, (parents.at(-1)?.at ?? -1) + 1), rows: [] };
    groups.set(id, group);
    group.rows.push(row);
  });
  return [...groups.values()].map(({ parents, at, above, rows }) => ({ parents, at, answer: pick(answer, at, own.get(idOf(above)) ?? [], rows) }));
}

function idOf(path: readonly Member[]): string {
  return JSON.stringify(path.map(placeOf));
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
