// What goes over the wire, as docs/api.md describes it.

import type { Definitions } from "../query/definitions";
import type { MemberRange, NamedMember, Top } from "../view/view";

export type Key = boolean | number | string | null | { readonly unknown: true };
/** Members with history as they are now, or as they were then, at the time of each fact. */
export type Scd = "now" | "then";
/** The keys from the top of a hierarchy down to a member. Captions never identify. */
export type KeyPath = readonly Key[];

export interface Level {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly depth: number;
  readonly unique: boolean;
  readonly has_captions: boolean;
  /** Of a ragged hierarchy: which members are not shown, those below them standing further up. */
  readonly hide: string | null;
}

export interface Hierarchy {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly attribute_of: string | null;
  readonly levels: readonly Level[];
}

export interface Dimension {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly is_time: boolean;
  /** How members with history are read where a question does not say; null for those without. */
  readonly scd: Scd | null;
  readonly hierarchies: readonly Hierarchy[];
}

export interface Measure {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly folder: string;
  readonly format: string;
  readonly unit: string;
  readonly aggregate: string | null;
  readonly over: string | null;
  readonly formula: string | null;
}

/** A calculated member of the model. */
export interface CalculatedMember {
  readonly name: string;
  readonly label: string;
  readonly hierarchy: string;
  readonly formula: string;
}

export interface Snapshot {
  readonly id: string;
  readonly created: string;
  readonly data_date: string | null;
}

export interface Column {
  readonly name: string;
  readonly label: string;
  readonly type: string;
}

export interface Cube {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly dimensions: readonly Dimension[];
  readonly measures: readonly Measure[];
  readonly members: readonly CalculatedMember[];
  /** The columns of the facts behind a cell: the table's own, and levels. */
  readonly drillthrough: readonly Column[];
  readonly snapshot: Snapshot;
}

export interface CubeList {
  readonly label: string;
  readonly cubes: readonly { readonly name: string; readonly label: string; readonly description: string }[];
}

export interface Cut {
  readonly level: string;
  readonly members: readonly KeyPath[];
  readonly ranges?: readonly MemberRange[];
  readonly exclude?: boolean | "members";
  /** The axis that was opened at these members; formulas reach beyond it. */
  readonly axis?: "rows" | "columns";
}

export interface Order {
  readonly by: string;
  readonly desc: boolean;
}

export interface AxisItem {
  readonly level: string;
  readonly order?: Order;
  readonly top?: Top;
  readonly having?: string;
  readonly subtotals?: boolean;
  readonly members?: readonly NamedMember[];
  /** Levels above whose members are hidden. */
  readonly past?: readonly string[];
}

/** The body of a query. Equal questions have equal text, so the text serves as the name of the answer. */
export interface Question {
  readonly measures: readonly string[];
  readonly cut: readonly Cut[];
  readonly axes: { readonly rows: readonly AxisItem[]; readonly columns: readonly AxisItem[] };
  readonly with?: Definitions;
  readonly totals: boolean | { readonly rows: readonly ("all" | "shown")[]; readonly columns: boolean };
  readonly nonempty: boolean;
  readonly scd?: Scd;
  readonly ranges?: boolean;
  readonly limit?: number;
  readonly offset?: number;
}

export interface Member {
  /** Null for the others: what a top or a condition leaves out. */
  readonly key: KeyPath | null;
  readonly caption: string | null;
  readonly unknown?: boolean;
  readonly others?: boolean;
  /** The name of a calculated member, whose key is null, and its own format. */
  readonly calculated?: string;
  readonly format?: string;
  /** In a ragged hierarchy: nothing is shown below it. */
  readonly leaf?: boolean;
  /** A period that facts do not cover to its end. */
  readonly incomplete?: boolean;
}

export type Tuple = readonly (Member | null)[];

export interface Axis {
  readonly tuples: readonly Tuple[];
  /** The places of totals of what is shown. */
  readonly shown?: readonly number[];
  readonly total: number;
  readonly offset: number;
}

export interface Meta {
  readonly snapshot: string;
  readonly data_date: string | null;
  readonly total_rows: number;
  readonly truncated: boolean;
  readonly source: string;
  readonly milliseconds: number;
  /** What is to be known of the answer: a caution of a measure, a dimension that its facts lack. */
  readonly notes?: readonly string[];
  /** The levels with periods that facts do not cover to their end, and how far they reach. */
  readonly incomplete?: readonly { readonly level: string; readonly covered_to: string }[];
}

export interface Answer {
  readonly axes: { readonly rows: Axis; readonly columns: Axis };
  readonly cells: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
  /** The least and greatest value of each measure on all pages, where asked for. */
  readonly ranges?: Readonly<Record<string, readonly [number | null, number | null]>>;
  readonly meta: Meta;
}

export interface ListedMember {
  readonly key: KeyPath;
  readonly caption: string;
  readonly children: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly meta: Meta;
}

export type Fact = Readonly<Record<string, Key>>;

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly issues: readonly { readonly place: string; readonly message: string; readonly hint: string }[];
}
