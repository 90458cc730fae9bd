// What is on the screen, as one immutable value. Ids only, never captions: it means the same in every language.

import type { Key, KeyPath, Scd } from "../api/types";

export type AxisName = "rows" | "columns";
export type Shelf = AxisName | "filters" | "measures";

/** Levels of one hierarchy that lie on an axis, outermost first: a whole hierarchy, or one level of it. */
export interface Field {
  readonly levels: readonly string[];
}

/** One step down an axis: a member of one of its levels. */
export interface Step {
  readonly level: string;
  readonly key: KeyPath;
  /** The levels of the axis above it at which a ragged hierarchy has no member for it. */
  readonly past?: readonly string[];
}

/** The way from the top of an axis to one of its members. */
export type Path = readonly Step[];

export interface Filter {
  readonly level: string;
  readonly members: readonly KeyPath[];
  /** `members` leaves out what stands at them and keeps facts that stand at others too, where a fact has several. */
  readonly exclude: boolean | "members";
  /** Members from one to another, as a saved report may ask for. */
  readonly ranges?: readonly MemberRange[];
}

export interface MemberRange {
  readonly from?: Key | KeyPath;
  readonly to?: Key | KeyPath;
}

/** How rows are sorted inside each parent: by a measure in the total column or at a column's member. */
export interface Sort {
  readonly by: string;
  readonly desc: boolean;
  readonly at: Path;
}

export type ShowAs =
  | "value"
  | "row"
  | "column"
  | "grand"
  | "parent"
  | "parent_column"
  | "difference"
  | "growth"
  | "last_year"
  | "year_growth"
  | "to_date"
  | "running"
  | "running_across"
  | "rank"
  | "index";
export type Scale = "none" | "thousand" | "million" | "tenThousand" | "hundredMillion";

export type Colour = "none" | "heat" | "bars" | "rule";

/** All cells of the same depth, whatever is open; those of a row, a column, or under one parent. */
export type Scope = "slice" | "row" | "column" | "parent";

/** Marks the cells whose value is so. */
export interface Rule {
  readonly is: ">" | ">=" | "<" | "<=";
  readonly value: number;
}

export interface MeasureFormat {
  readonly decimals?: number;
  readonly scale?: Scale;
  readonly showAs?: ShowAs;
  readonly colour?: Colour;
  /** What a colour scale or a bar is measured by; the whole slice where nothing is said. */
  readonly scope?: Scope;
  readonly rule?: Rule;
}

/** The first members by a measure: so many, so many percent, or the fewest that make up a share. */
export interface Top {
  readonly n?: number;
  readonly percent?: number;
  readonly share?: number;
  readonly by: string;
  readonly bottom: boolean;
  /** Whether all that it leaves out is one row more. */
  readonly others?: boolean;
}

/** What is asked of the rows or columns of a level. */
export interface LevelWish {
  readonly top?: Top;
  /** The order of its members on columns, by the total row; rows are sorted by the view's own. */
  readonly order?: { readonly by: string; readonly desc: boolean };
  /** A condition on measures. */
  readonly having?: string;
  /** Whether an open row or column shows its own values; by default it does. */
  readonly subtotals?: boolean;
  /** These alone, in this order, calculated ones among them. */
  readonly members?: readonly NamedMember[];
}

export type NamedMember = KeyPath | { readonly calculated: string };

export function isCalculated(member: NamedMember): member is { readonly calculated: string } {
  return "calculated" in member;
}

/** A measure that the view defines for itself. Its labels are by language. */
export interface Defined {
  readonly formula: string;
  readonly format: string;
  readonly label: Readonly<Record<string, string>>;
}

/** A set of a level's members that the view defines for itself, by a condition. */
export interface DefinedSet {
  readonly of: string;
  readonly formula: string;
  readonly label: Readonly<Record<string, string>>;
}

/** A member that the view defines for itself: a formula over members of its hierarchy. */
export interface DefinedMember extends Defined {
  readonly of: string;
}

export interface View {
  readonly cube: string;
  readonly rows: readonly Field[];
  readonly columns: readonly Field[];
  readonly measures: readonly string[];
  readonly filters: readonly Filter[];
  readonly open: { readonly rows: readonly Path[]; readonly columns: readonly Path[] };
  readonly sort: Sort | null;
  /** By level. */
  readonly levels: Readonly<Record<string, LevelWish>>;
  readonly defined: Readonly<Record<string, Defined>>;
  readonly sets: Readonly<Record<string, DefinedSet>>;
  readonly members: Readonly<Record<string, DefinedMember>>;
  readonly formats: Readonly<Record<string, MeasureFormat>>;
  readonly widths: Readonly<Record<string, number>>;
  readonly totals: { readonly rows: boolean; readonly columns: boolean };
  /** Whether a total of the rows that are shown stands beside that of all, where some are left out. */
  readonly totalOfShown: boolean;
  readonly nonempty: boolean;
  /** How members with history are read; empty as the model says of each. */
  readonly scd: Scd | "";
  readonly totalsAt: "first" | "last";
  readonly measuresOn: AxisName;
  /** A tree that is indented, or a column for each level with its labels repeated. */
  readonly layout: "tree" | "table";
  readonly chart: Chart;
}

export type Chart = "none" | "bar" | "stacked" | "line" | "pie" | "heat" | "treemap";

export const EMPTY: Omit<View, "cube"> = {
  rows: [],
  columns: [],
  measures: [],
  filters: [],
  open: { rows: [], columns: [] },
  sort: null,
  levels: {},
  defined: {},
  sets: {},
  members: {},
  formats: {},
  widths: {},
  totals: { rows: true, columns: true },
  totalOfShown: false,
  nonempty: true,
  scd: "",
  totalsAt: "first",
  measuresOn: "columns",
  layout: "tree",
  chart: "none",
};

/** The levels of an axis from its outside in; each is what the one before drills down to. */
export function axisLevels(fields: readonly Field[]): readonly string[] {
  return fields.flatMap((field) => field.levels);
}

export function pathId(path: Path): string {
  return JSON.stringify(path.map((step) => [step.level, step.key]));
}

/** Whether a path steps along these levels from the first on, and there is one behind it. */
export function follows(path: Path, levels: readonly string[]): boolean {
  const steps = path.flatMap((step) => [...(step.past ?? []), step.level]);
  return steps.length < levels.length && steps.every((level, depth) => level === levels[depth]);
}

/** The place, among the levels of an axis, of the one that a path leads down to. */
export function levelBehind(path: Path): number {
  return path.reduce((depth, step) => depth + 1 + (step.past?.length ?? 0), 0);
}

/** The name that members of a level have in common with those above it: `product` of `product.category`. */
export function fieldId(field: Field): string {
  return field.levels[0] ?? "";
}
