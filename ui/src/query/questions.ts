// Which questions a view asks. The rows of one parent are a group; a block is a page of a row group crossed with
// a column group, and each block is one question.

import type { AxisItem, Cut, Key, KeyPath, Question } from "../api/types";
import { axisLevels, type AxisName, type Filter, type Path, type Step, type Top, type View } from "../view/view";
import { definitionsOf, withDefinitions, type Definitions } from "./definitions";
import { goesAlong, shownDefinitions, shownName } from "./showAs";

/** Row members of one page. */
export const PAGE = 200;

/** The name, within a question, of the measure that sorts at a column's member. */
const BY_COLUMN = "by_column__";

type Measures = NonNullable<Definitions["measures"]>;

/** The hierarchy that a level belongs to, as the model names it. */
export type HierarchyOf = (level: string) => string;

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
    .map(({ level, members, exclude }) => ({ level, members, ...(exclude ? { exclude } : {}) }));
}

export class Questions {
  readonly rowLevels: readonly string[];
  readonly columnLevels: readonly string[];

  constructor(
    private readonly view: View,
    private readonly hierarchyOf: HierarchyOf,
    private readonly time: string,
  ) {
    this.rowLevels = axisLevels(view.rows);
    this.columnLevels = axisLevels(view.columns);
  }

  /** A page of a row group, crossed with the outermost columns: it says which members the group has. */
  rows(parent: Path, page: number): Question {
    const level = this.rowLevels[parent.length];
    const isRoot = parent.length === 0;
    // Totals are the first tuples and count.
    const totals = isRoot && this.hasTotalOfShown ? 2 : 1;
    const span = { limit: page === 0 ? PAGE + totals : PAGE, offset: page === 0 ? 0 : PAGE * page + totals };
    return {
      ...this.base(this.cut(parent, []), this.sorting()),
      ...(isRoot ? this.totals() : {}),
      axes: { rows: level ? [this.rowItem(level)] : [], columns: this.columnItems(this.columnLevels[0]) },
      ...(level ? span : {}),
    };
  }

  /** A whole row group, crossed with the outermost columns: what a colour scale goes by. */
  whole(parent: Path, measures: readonly string[]): Question {
    const level = this.rowLevels[parent.length];
    const axes = { rows: items(level), columns: this.columnItems(this.columnLevels[0]) };
    return { ...this.base(this.cut(parent, [])), measures: this.shown(measures), totals: false, axes };
  }

  /** All rows down to a depth, with subtotals, in one question. */
  rowsTo(depth: number): Question {
    const levels = this.rowLevels.slice(0, depth + 1);
    const rows = levels.map((level, at) => ({ ...this.rowItem(level), subtotals: at < depth }));
    return { ...this.base(this.cut([], []), this.sorting()), ...this.totals(), axes: { rows, columns: this.columnItems(this.columnLevels[0]) } };
  }

  /** All column levels down to a depth, with subtotals. */
  columnsTo(depth: number): readonly AxisItem[] {
    const levels = this.columnLevels.slice(0, depth + 1);
    return levels.flatMap((level, at) => this.columnItems(level).map((item) => (at < depth ? { ...item, subtotals: true } : item)));
  }

  /** The children of all members of a group, with these, in one question. */
  below(parent: Path): Question {
    const levels = this.rowLevels.slice(parent.length, parent.length + 2);
    const rows = levels.map((level, at) => ({ ...this.rowItem(level), subtotals: at === 0 }));
    return { ...this.base(this.cut(parent, []), this.sorting()), axes: { rows, columns: this.columnItems(this.columnLevels[0]) } };
  }

  /** How many rows there are down to a depth, at the least cost. */
  countTo(depth: number): Question {
    return { ...this.rowsTo(depth), axes: { rows: this.rowsTo(depth).axes.rows, columns: [] }, limit: 0 };
  }

  /** A column group: which members it has, and where the outermost rows are few, their cells. */
  columns(parent: Path, withRows: boolean): Question {
    const level = this.rowLevels[0];
    const rows = withRows && level ? [this.crossed(level)] : [];
    const base = this.base(this.cut([], parent), this.crossing());
    return { ...base, axes: { rows, columns: this.columnItems(this.columnLevels[parent.length]) } };
  }

  /** The cells of a row group, or of those members of it, in a column group. */
  block(rows: Path, columns: Path, members: readonly KeyPath[] | null): Question {
    const level = this.rowLevels[rows.length]!;
    const cut = this.cut(rows, columns);
    const some = members && !goesAlong(this.view, "rows");
    return {
      ...this.base(some ? [...cut, { level, members, axis: "rows" }] : cut, this.crossing()),
      axes: { rows: [this.crossed(level)], columns: this.columnItems(this.columnLevels[columns.length]) },
    };
  }

  /** Members of a row group taken together, the shown or all others, in a column group. */
  together(cuts: readonly Cut[], columns: Path): Question {
    const cut = [...this.cut([], columns), ...cuts.map((each) => ({ ...each, axis: "rows" as const }))];
    return { ...this.base(cut), axes: { rows: [], columns: this.columnItems(this.columnLevels[columns.length]) } };
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
  private crossed(level: string): AxisItem {
    const { sort } = this.view;
    return sort && goesAlong(this.view, "rows") ? { level, order: { by: BY_COLUMN, desc: sort.desc } } : { level };
  }

  private crossing(): Measures {
    const { sort } = this.view;
    if (!sort || !goesAlong(this.view, "rows")) return {};
    return sort.at.length > 0 ? this.sorting() : { [BY_COLUMN]: { formula: `(${sort.by}, columns.all)` } };
  }

  private shown(measures: readonly string[]): readonly string[] {
    return measures.map((measure) => shownName(this.view, measure));
  }

  /** A measure alone at a place, defined as the view defines it. */
  single(measure: string, cut: readonly Cut[]): Question {
    return { ...this.base(cut), measures: [measure], totals: false, axes: { rows: [], columns: [] } };
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
    return { measures, cut, totals: true, nonempty: this.view.nonempty, ...withDefinitions(definitions) };
  }

  private rowItem(level: string): AxisItem {
    const { sort, levels } = this.view;
    const { top, having } = levels[level] ?? {};
    const order = sort ? { order: { by: sort.at.length > 0 ? BY_COLUMN : sort.by, desc: sort.desc } } : {};
    return { level, ...order, ...(top ? { top } : {}), ...(having ? { having } : {}) };
  }

  /** A column level, sorted and chosen by the total row: in an opened row too, so that all rows have the same columns. */
  private columnItems(level: string | undefined): readonly AxisItem[] {
    if (!level) return [];
    const { top, order } = this.view.levels[level] ?? {};
    const { others: _, ...first } = top ?? { others: false };
    const inTotal = (by: string) => `(${by}, rows.all)`;
    return [
      {
        level,
        ...(order ? { order: { by: inTotal(order.by), desc: order.desc } } : {}),
        ...(top ? { top: { ...(first as Top), by: inTotal(top.by) } } : {}),
      },
    ];
  }

  private sorting(): Measures {
    const sort = this.view.sort;
    if (!sort || sort.at.length === 0) return {};
    const places = deepest(sort.at, this.hierarchyOf).map((step) => `${step.level}[${step.key.map(writeKey).join(", ")}]`);
    return { [BY_COLUMN]: { formula: `(${sort.by}, ${places.join(", ")})` } };
  }
}

function items(level: string | undefined): readonly AxisItem[] {
  return level ? [{ level }] : [];
}

/** A key as formulas write it. */
function writeKey(key: Key): string {
  return JSON.stringify(key);
}

/** Equal questions have equal names. */
export function nameOf(question: Question): string {
  return JSON.stringify(question);
}
