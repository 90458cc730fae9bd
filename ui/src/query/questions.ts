// Which questions a view asks. The rows of one parent are a group; a block is a page of a row group crossed with
// a column group, and each block is one question.

import { isWithin } from "../api/keys";
import type { AxisItem, Cut, Key, KeyPath, Question } from "../api/types";
import {
  axisLevels,
  isCalculated,
  levelBehind,
  type AxisName,
  type Filter,
  type LevelWish,
  type NamedMember,
  type Path,
  type Step,
  type View,
} from "../view/view";
import { definitionsOf, withDefinitions, withHistory, type Definitions } from "./definitions";
import { goesAlong, shownDefinitions, shownName } from "./showAs";

/** Row members of one page. */
export const PAGE = 200;

/** The name, within a question, of the measure that sorts at a column's member. */
const BY_COLUMN = "by_column__";

type Measures = NonNullable<Definitions["measures"]>;

/** The hierarchy that a level belongs to, as the model names it. */
export type HierarchyOf = (level: string) => string;

/** Whether a level hides members, so that those below them stand further up. */
export type Hides = (level: string) => boolean;

/** The members below one, of one level: in a ragged hierarchy they may be of several, `past` being those left out. */
export interface Child {
  readonly level: string | undefined;
  readonly past: readonly string[];
}

/** The cuts to a path: the deepest step of each hierarchy says all. */
export function pathCuts(path: Path, hierarchyOf: HierarchyOf): readonly Cut[] {
  return deepest(path, hierarchyOf).map((step) => ({ level: step.level, members: [step.key] }));
}

/** The same as the place where an axis was opened: formulas still reach the whole table. */
function openedAt(axis: AxisName, path: Path, hierarchyOf: HierarchyOf): readonly Cut[] {
  return pathCuts(path, hierarchyOf).map((cut) => ({ ...cut, axis }));
}

function deepest(path: Path, hierarchyOf: HierarchyOf): readonly Step[] {
  const steps = new Map(path.map((step) => [hierarchyOf(step.level), step]));
  return [...steps.values()];
}

export function filterCuts(filters: readonly Filter[]): readonly Cut[] {
  return filters
    .filter((filter) => filter.members.length > 0 || !filter.exclude)
    .map(({ level, members, exclude, ranges }) => ({ level, members, ...(ranges ? { ranges } : {}), ...(exclude ? { exclude } : {}) }));
}

export class Questions {
  readonly rowLevels: readonly string[];
  readonly columnLevels: readonly string[];

  constructor(
    private readonly view: View,
    private readonly hierarchyOf: HierarchyOf,
    private readonly time: string,
    private readonly hides: Hides = () => false,
  ) {
    this.rowLevels = axisLevels(view.rows);
    this.columnLevels = axisLevels(view.columns);
  }

  levels(axis: AxisName): readonly string[] {
    return axis === "rows" ? this.rowLevels : this.columnLevels;
  }

  /** What stands below a member: members of the next level and, where that one hides some, those of the levels behind it. */
  children(axis: AxisName, parent: Path): readonly [Child, ...Child[]] {
    const levels = this.levels(axis);
    const start = levelBehind(parent);
    const found: [Child, ...Child[]] = [{ level: levels[start], past: [] }];
    for (let at = start; at + 1 < levels.length && this.hides(levels[at]!); at += 1) {
      if (this.hierarchyOf(levels[at + 1]!) !== this.hierarchyOf(levels[at]!)) break;
      found.push({ level: levels[at + 1], past: levels.slice(start, at + 1) });
    }
    return found;
  }

  /** Whether members of a level open: not where calculated ones stand among them and the next level is of their hierarchy. */
  opens(axis: AxisName, level: string): boolean {
    const levels = this.levels(axis);
    const next = levels[levels.indexOf(level) + 1];
    return next !== undefined && (!this.view.levels[level]?.members || this.hierarchyOf(next) !== this.hierarchyOf(level));
  }

  /** A page of a row group, crossed with the outermost columns: it says which members the group has. */
  rows(parent: Path, page: number, child: Child = this.children("rows", parent)[0]): Question {
    const isRoot = parent.length === 0;
    // Totals are the first tuples and count.
    const totals = isRoot && this.hasTotalOfShown ? 2 : 1;
    const span = { limit: page === 0 ? PAGE + totals : PAGE, offset: page === 0 ? 0 : PAGE * page + totals };
    return {
      ...this.base(this.cut(parent, []), this.sorting()),
      ...(isRoot ? this.totals() : {}),
      axes: { rows: this.rowItems(child), columns: this.outermostColumns() },
      ...(child.level ? span : {}),
    };
  }

  /** A whole row group, crossed with a column group: what a colour scale inside one parent goes by. */
  whole(rows: Path, row: Child, columns: Path, column: Child, measures: readonly string[]): Question {
    const axes = { rows: this.rowItems(row), columns: this.columnItems(column) };
    return { ...this.base(this.cut(rows, columns), this.sorting()), measures: this.shown(measures), totals: false, axes };
  }

  /** The least and greatest cells down to a level of each axis, whatever is open: the scale of the whole slice. */
  slice(row: string | undefined, column: string | undefined, measures: readonly string[]): Question {
    const upTo = (levels: readonly string[], level: string | undefined) => levels.slice(0, levels.indexOf(level ?? "") + 1);
    const bare = ({ order: _, members: __, ...item }: AxisItem): AxisItem => item;
    const rows = upTo(this.rowLevels, row).flatMap((level) => this.rowItems({ level, past: [] }));
    const columns = upTo(this.columnLevels, column).flatMap((level) => this.columnItems({ level, past: [] }));
    const axes = { rows: rows.map(bare), columns: columns.map(bare) };
    return { ...this.base(this.cut([], []), this.sorting()), measures: this.shown(measures), totals: false, axes, ranges: true, limit: 0 };
  }

  /** All rows down to a level, by its number, with subtotals, in one question. */
  rowsTo(depth: number): Question {
    return this.all([], this.rowLevels.slice(0, depth + 1));
  }

  /** All column levels down to a depth, with subtotals. */
  columnsTo(depth: number): readonly AxisItem[] {
    const levels = this.columnLevels.slice(0, depth + 1);
    return levels.flatMap((level, at) => this.columnItems({ level, past: [] }).map((item) => (at < depth ? { ...item, subtotals: true } : item)));
  }

  /** The children of all members of a group, with these, in one question. */
  below(parent: Path): Question {
    const start = levelBehind(parent);
    const end = start + Math.max(...this.children("rows", parent).map(({ past }) => past.length));
    return this.all(parent, this.rowLevels.slice(start, end + 2));
  }

  private all(parent: Path, levels: readonly string[]): Question {
    const rows = levels.flatMap((level, at) => this.rowItems({ level, past: [] }).map((item) => ({ ...item, subtotals: at < levels.length - 1 })));
    const totals = parent.length === 0 ? this.totals() : {};
    return { ...this.base(this.cut(parent, []), this.sorting()), ...totals, axes: { rows, columns: this.outermostColumns() } };
  }

  /** How many rows there are down to a depth, at the least cost. */
  countTo(depth: number): Question {
    return { ...this.rowsTo(depth), axes: { rows: this.rowsTo(depth).axes.rows, columns: [] }, limit: 0 };
  }

  /** A column group: which members it has, and where the outermost rows are few, their cells. */
  columns(parent: Path, withRows: boolean, child: Child = this.children("columns", parent)[0]): Question {
    const rows = withRows ? this.crossed(this.children("rows", [])[0]) : [];
    const base = this.base(this.cut([], parent), this.crossing());
    return { ...base, axes: { rows, columns: this.columnItems(child) } };
  }

  /** The cells of a row group, or of those members of it, in a column group. */
  block(rows: Path, row: Child, columns: Path, column: Child, members: readonly KeyPath[] | null): Question {
    const cut = this.cut(rows, columns);
    const some = members && !goesAlong(this.view, "rows");
    return {
      ...this.base(some ? [...cut, { level: row.level!, members, axis: "rows" }] : cut, this.crossing()),
      axes: { rows: this.crossed(row), columns: this.columnItems(column) },
    };
  }

  /** Members of a row group taken together, the shown or all others, in a column group. */
  together(cuts: readonly Cut[], columns: Path, column: Child): Question {
    const cut = [...this.cut([], columns), ...cuts.map((each) => ({ ...each, axis: "rows" as const }))];
    return { ...this.base(cut), axes: { rows: [], columns: this.columnItems(column) } };
  }

  /** Whether rows of a level are left out. */
  leavesOut(level: string | undefined): boolean {
    const { top, having } = this.view.levels[level ?? ""] ?? {};
    return top !== undefined || Boolean(having);
  }

  /** Whether there is a total of the outermost rows that are shown: where they are all, it would say the same twice. */
  get hasTotalOfShown(): boolean {
    return this.view.totalOfShown && this.leavesOut(this.rowLevels[0]);
  }

  private totals(): Pick<Question, "totals"> | object {
    return this.hasTotalOfShown ? { totals: { rows: ["all", "shown"], columns: true } } : {};
  }

  private cut(rows: Path, columns: Path): readonly Cut[] {
    const at = [...openedAt("rows", rows, this.hierarchyOf), ...openedAt("columns", columns, this.hierarchyOf)];
    return [...filterCuts(this.view.filters), ...at];
  }

  /** A row level beside an opened column: in the table's order where something goes along it. */
  private crossed({ level, past }: Child): readonly AxisItem[] {
    if (!level) return [];
    const { sort } = this.view;
    const order = sort && goesAlong(this.view, "rows") ? { order: { by: BY_COLUMN, desc: sort.desc } } : {};
    return [{ level, ...order, ...this.named(level), ...below(past) }];
  }

  private crossing(): Measures {
    const { sort } = this.view;
    if (!sort || !goesAlong(this.view, "rows")) return {};
    return sort.at.length > 0 ? this.sorting() : { [BY_COLUMN]: { formula: `(${sort.by}, columns.all)` } };
  }

  private shown(measures: readonly string[]): readonly string[] {
    return measures.map((measure) => shownName(this.view, measure));
  }

  /** A measure alone at a place, defined as the view defines it; at calculated members, where the place has some. */
  single(measure: string, cut: readonly Cut[], calculated: readonly { readonly level: string; readonly name: string }[] = []): Question {
    const rows = calculated.map(({ level, name }): AxisItem => ({ level, members: [{ calculated: name }] }));
    return { ...this.base(cut), measures: [measure], totals: false, axes: { rows, columns: [] } };
  }

  /** A question that only tries whether a condition on a level's rows can be asked. */
  trial(level: string, having: string): Question {
    return { ...this.base([]), totals: false, axes: { rows: [{ level, having }], columns: [] }, limit: 0 };
  }

  private base(cut: readonly Cut[], sorting: Measures = {}): Omit<Question, "axes"> {
    const own = definitionsOf(this.view);
    const shownAs = shownDefinitions(this.view, this.time);
    const defined = { ...own.measures, ...shownAs, ...sorting };
    const definitions = Object.keys(defined).length > 0 ? { ...own, measures: defined } : own;
    const measures = [...new Set([...this.view.measures, ...this.shown(this.view.measures)])];
    return { measures, cut, totals: true, nonempty: this.view.nonempty, ...withHistory(this.view), ...withDefinitions(definitions) };
  }

  private rowItems({ level, past }: Child): readonly AxisItem[] {
    if (!level) return [];
    const { sort, levels } = this.view;
    const { top, having } = chosen(levels[level]);
    const order = sort ? { order: { by: sort.at.length > 0 ? BY_COLUMN : sort.by, desc: sort.desc } } : {};
    return [{ level, ...order, ...(top ? { top } : {}), ...(having ? { having } : {}), ...this.named(level), ...below(past) }];
  }

  private outermostColumns(): readonly AxisItem[] {
    return this.columnItems(this.children("columns", [])[0]);
  }

  /** A column level, sorted and chosen by the total row: in an opened row too, so that all rows have the same columns. */
  private columnItems({ level, past }: Child): readonly AxisItem[] {
    if (!level) return [];
    const wish = this.view.levels[level];
    const { top, having } = chosen(wish);
    const inTotal = (by: string) => `(${by}, rows.all)`;
    return [
      {
        level,
        ...(wish?.order ? { order: { by: inTotal(wish.order.by), desc: wish.order.desc } } : {}),
        ...(top ? { top: { ...top, by: inTotal(top.by) } } : {}),
        ...(having ? { having: `${inTotal(`if(${having}, 1, 0)`)} = 1` } : {}),
        ...this.named(level),
        ...below(past),
      },
    ];
  }

  /** The members that a level names, those that filters on it or above it leave. */
  private named(level: string): { readonly members?: readonly NamedMember[] } {
    const members = this.view.levels[level]?.members;
    if (!members) return {};
    const filters = this.view.filters.filter((filter) => this.hierarchyOf(filter.level) === this.hierarchyOf(level));
    return { members: members.filter((member) => isCalculated(member) || filters.every((filter) => passes(member, filter))) };
  }

  private sorting(): Measures {
    const sort = this.view.sort;
    if (!sort || sort.at.length === 0) return {};
    const places = deepest(sort.at, this.hierarchyOf).map((step) => `${step.level}[${step.key.map(writeKey).join(", ")}]`);
    return { [BY_COLUMN]: { formula: `(${sort.by}, ${places.join(", ")})` } };
  }
}

/** Named members are neither chosen by a measure nor by a condition. */
function chosen(wish: LevelWish = {}): Pick<LevelWish, "top" | "having"> {
  return wish.members ? {} : wish;
}

function below(past: readonly string[]): Pick<AxisItem, "past"> {
  return past.length > 0 ? { past } : {};
}

/** Whether a filter on a member's level, or on one above, keeps it; one further down says nothing of it. */
function passes(member: KeyPath, { members, exclude }: Filter): boolean {
  const deepest = Math.max(0, ...members.map((path) => path.length));
  if (members.length === 0 || deepest > member.length) return true;
  return members.some((path) => isWithin(member, path)) === !exclude;
}

/** A key as formulas write it. */
function writeKey(key: Key): string {
  if (typeof key === "string") return `"${key.replaceAll('"', '""')}"`;
  return key !== null && typeof key === "object" ? "unknown()" : String(key);
}

/** Equal questions have equal names. */
export function nameOf(question: Question): string {
  return JSON.stringify(question);
}
