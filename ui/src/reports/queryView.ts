// The view of a query that a program saved: what this page cannot show as it was asked is not shown at all. Pure.

import type { Parameter, ReportQuery, Slot } from "../api/reports";
import type { Cube, Key, KeyPath } from "../api/types";
import { levelOf } from "../grid/captions";
import { emptyView } from "../view/actions";
import type { Defined, DefinedMember, DefinedSet, Field, Filter, LevelWish, MemberRange, View } from "../view/view";

type Parameters = Readonly<Record<string, Parameter>>;
type Item = NonNullable<NonNullable<ReportQuery["axes"]>["rows"]>[number];
type QueryCut = NonNullable<ReportQuery["cut"]>[number];

const SHOWN_OF_QUERY = new Set(["cube", "measures", "cut", "axes", "with", "totals", "nonempty", "scd"]);
const SHOWN_OF_CUT = new Set(["level", "alone", "members", "ranges", "exclude"]);
const SHOWN_OF_ITEM = new Set(["level", "alone", "order", "having", "top", "subtotals"]);

/** Show a query; null where it asks for what this page does not know. */
export function viewOfQuery(query: ReportQuery, parameters: Parameters, cube: Cube, values: URLSearchParams): View | null {
  const { measures, cut = [], axes = {}, with: own = {}, nonempty = true, scd = "" } = query;
  const items = [...(axes.rows ?? []), ...(axes.columns ?? [])].map(itemOf);
  const isKnown = knows(query, SHOWN_OF_QUERY) && cut.every((each) => knows(each, SHOWN_OF_CUT)) && items.every((each) => knows(each, SHOWN_OF_ITEM));
  const isOwnKnown = own.attributes === undefined && Object.values(own.measures ?? {}).every(({ formula }) => formula !== undefined);
  if (!isKnown || !isOwnKnown) return null;
  const order = itemOf(axes.rows?.[0] ?? "").order;
  const filters = cut.map((each) => filterOf(each, parameters, cube, values)).filter((each) => each.members.length > 0 || each.ranges);
  return {
    ...emptyView(query.cube),
    rows: (axes.rows ?? []).map(fieldOf),
    columns: (axes.columns ?? []).map(fieldOf),
    measures: measures ?? cube.measures.slice(0, 1).map((measure) => measure.name),
    filters,
    levels: Object.fromEntries(items.flatMap((item) => wishOf(item))),
    sort: order && order.by !== "member" ? { by: order.by, desc: order.desc ?? false, at: [] } : null,
    defined: mapped(own.measures, (part): Defined => ({ formula: part.formula!, format: part.format ?? "#,##0.##", label: labelOf(part.label) })),
    sets: mapped(own.sets, (part): DefinedSet => ({ of: part.of, formula: part.formula, label: labelOf(part.label) })),
    members: mapped(own.members, (part): DefinedMember => ({ of: part.of, formula: part.formula, format: part.format ?? "", label: labelOf(part.label) })),
    nonempty,
    scd,
  };
}

function knows(part: object, names: ReadonlySet<string>): boolean {
  return Object.keys(part).every((name) => names.has(name));
}

function itemOf(item: Item): Exclude<Item, string> {
  return typeof item === "string" ? { level: item } : item;
}

function nameOf({ level = "", alone = false }: { readonly level?: string; readonly alone?: boolean }): string {
  return alone && !level.startsWith("~") ? `~${level}` : level;
}

function fieldOf(item: Item): Field {
  return { levels: [nameOf(itemOf(item))] };
}

function wishOf(item: Exclude<Item, string>): readonly (readonly [string, LevelWish])[] {
  const { having, top } = item;
  const wish = { ...(having ? { having } : {}), ...(top ? { top: { ...top, bottom: top.bottom ?? false } } : {}) };
  return Object.keys(wish).length > 0 ? [[nameOf(item), wish]] : [];
}

function mapped<T, R>(parts: Readonly<Record<string, T>> | undefined, make: (part: T) => R): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(parts ?? {}).map(([name, part]) => [name, make(part)] as const));
}

/** A label of one text holds in every language. */
export function labelOf(label: string | Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return typeof label === "string" ? { en: label } : (label ?? {});
}

function filterOf(cut: QueryCut, parameters: Parameters, cube: Cube, values: URLSearchParams): Filter {
  const level = nameOf(cut);
  const read = (slot: Slot) => membersOf(slot, parameters, cube, level, values);
  const ranges = (cut.ranges ?? []).map(({ from, to }): MemberRange => {
    const [first, last] = [from, to].map((end) => (end === undefined ? undefined : read(end)[0]));
    return { ...(first ? { from: first } : {}), ...(last ? { to: last } : {}) };
  });
  return { level, members: (cut.members ?? []).flatMap(read), exclude: cut.exclude ?? false, ...(ranges.length > 0 ? { ranges } : {}) };
}

/** The members that stand in a slot: those that the address or the report itself gives its parameter. */
function membersOf(slot: Slot, parameters: Parameters, cube: Cube, level: string, values: URLSearchParams): readonly KeyPath[] {
  if (slot !== null && typeof slot === "object" && "parameter" in slot) {
    const given = values.getAll(slot.parameter);
    const start = parameters[slot.parameter]?.default;
    const texts = given.length > 0 ? given : start === undefined ? [] : [String(start)];
    return texts.flatMap((text) => parseMembers(text, cube, level));
  }
  return [Array.isArray(slot) ? (slot as KeyPath) : [slot as Key]];
}

const MEMBER = /("(?:[^"]|"")*"|[^,])+/g;
const KEY = /"(?:[^"]|"")*"|[^/]+/g;

/** Members as the address writes them: `2017/Q1,2017/Q2`, quoted where there are signs in a key. */
export function parseMembers(text: string, cube: Cube, level: string): readonly KeyPath[] {
  const levels = levelOf(cube, level)?.hierarchy.levels ?? [];
  const depth = levels.findIndex((each) => each.name === level.replace(/^~/, ""));
  return (text.match(MEMBER) ?? []).map((member) => {
    const keys = member.match(KEY) ?? [];
    const first = depth + 1 - keys.length;
    return keys.map((key, at) => parseKey(key, levels[first + at]?.type ?? "text"));
  });
}

function parseKey(text: string, type: string): Key {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
  if (text === "null") return null;
  return /^int/.test(type) && /^-?\d+$/.test(text) ? Number(text) : text;
}
