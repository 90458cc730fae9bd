// Everything that can be done to a view. Each function gives a new one.

import type { KeyPath } from "../api/types";
import {
  axisLevels,
  EMPTY,
  fieldId,
  follows,
  isCalculated,
  pathId,
  type AxisName,
  type Defined,
  type DefinedMember,
  type DefinedSet,
  type Field,
  type Filter,
  type LevelWish,
  type MeasureFormat,
  type Path,
  type Shelf,
  type Sort,
  type View,
} from "./view";

export type Action =
  | { readonly do: "place"; readonly field: Field; readonly shelf: AxisName; readonly before?: string | null }
  | { readonly do: "remove"; readonly shelf: Shelf; readonly id: string }
  | { readonly do: "placeMeasure"; readonly measure: string; readonly before?: string | null }
  | { readonly do: "filter"; readonly filter: Filter }
  | { readonly do: "keep"; readonly path: Path; readonly exclude: boolean }
  | { readonly do: "toggle"; readonly axis: AxisName; readonly path: Path }
  | { readonly do: "open"; readonly axis: AxisName; readonly paths: readonly Path[] }
  | { readonly do: "sort"; readonly sort: Sort | null }
  | { readonly do: "format"; readonly measure: string; readonly format: MeasureFormat }
  | { readonly do: "width"; readonly id: string; readonly width: number | null }
  | { readonly do: "level"; readonly level: string; readonly wish: LevelWish }
  | { readonly do: "define"; readonly name: string; readonly defined: Defined }
  | { readonly do: "defineSet"; readonly name: string; readonly set: DefinedSet }
  | { readonly do: "defineMember"; readonly name: string; readonly level: string; readonly member: DefinedMember; readonly beside: readonly KeyPath[] }
  | { readonly do: "forget"; readonly name: string }
  | { readonly do: "drillBy"; readonly path: Path; readonly field: Field }
  | { readonly do: "swap" }
  | { readonly do: "set"; readonly change: Partial<View> };

export function act(view: View, action: Action): View {
  switch (action.do) {
    case "place":
      return tidy(place(view, action.field, action.shelf, action.before ?? null));
    case "remove":
      return tidy(remove(view, action.shelf, action.id));
    case "placeMeasure":
      return { ...view, measures: insert(view.measures, action.measure, action.before ?? null, (name) => name) };
    case "filter":
      return setFilter(view, action.filter);
    case "keep":
      return keep(view, action.path, action.exclude);
    case "toggle":
      return toggle(view, action.axis, action.path);
    case "open":
      return { ...view, open: { ...view.open, [action.axis]: action.paths } };
    case "sort":
      return { ...view, sort: action.sort };
    case "format":
      return { ...view, formats: { ...view.formats, [action.measure]: action.format } };
    case "width":
      return { ...view, widths: without(view.widths, action.id, action.width) };
    case "level":
      return { ...view, levels: { ...view.levels, [action.level]: action.wish } };
    case "define":
      return define(view, action.name, action.defined);
    case "defineSet":
      return { ...view, sets: { ...view.sets, [action.name]: action.set } };
    case "defineMember":
      return defineMember(view, action);
    case "forget":
      return forget(view, action.name);
    case "drillBy":
      return drillBy(view, action.path, action.field);
    case "swap":
      return swap(view);
    case "set":
      return tidy({ ...view, ...action.change });
  }
}

/** Put a field on an axis; its levels leave wherever they were. */
function place(view: View, field: Field, shelf: AxisName, before: string | null): View {
  const taken = new Set(field.levels);
  const strip = (fields: readonly Field[]) =>
    fields
      .map((other) => ({ levels: other.levels.filter((level) => !taken.has(level)) }))
      .filter((other) => other.levels.length > 0);
  const stripped = { ...view, rows: strip(view.rows), columns: strip(view.columns) };
  return { ...stripped, [shelf]: insert(stripped[shelf], field, before, fieldId) };
}

function insert<T>(items: readonly T[], item: T, before: string | null, id: (item: T) => string): readonly T[] {
  if (before === id(item)) return items;
  const others = items.filter((other) => id(other) !== id(item));
  const at = others.findIndex((other) => id(other) === before);
  return at < 0 ? [...others, item] : [...others.slice(0, at), item, ...others.slice(at)];
}

function remove(view: View, shelf: Shelf, id: string): View {
  switch (shelf) {
    case "measures":
      return { ...view, measures: view.measures.filter((name) => name !== id) };
    case "filters":
      return { ...view, filters: view.filters.filter((filter) => filter.level !== id) };
    default:
      return { ...view, [shelf]: view[shelf].filter((field) => fieldId(field) !== id) };
  }
}

/** Set the filter of a level; one that keeps everything goes. */
function setFilter(view: View, filter: Filter): View {
  const at = view.filters.findIndex((other) => other.level === filter.level);
  if (at < 0) return { ...view, filters: [...view.filters, filter] };
  return { ...view, filters: view.filters.with(at, filter) };
}

/** Keep only a member, or leave it out, where it stands on an axis. */
function keep(view: View, path: Path, exclude: boolean): View {
  const last = path.at(-1);
  if (!last) return view;
  const old = view.filters.find((filter) => filter.level === last.level);
  const members = exclude && old?.exclude ? [...old.members, last.key] : [last.key];
  if (exclude && old && !old.exclude) {
    const rest = old.members.filter((key) => JSON.stringify(key) !== JSON.stringify(last.key));
    return setFilter(view, { level: last.level, members: rest, exclude: false });
  }
  return setFilter(view, { level: last.level, members, exclude });
}

function toggle(view: View, axis: AxisName, path: Path): View {
  const id = pathId(path);
  const others = view.open[axis].filter((other) => pathId(other) !== id);
  const isOpen = others.length < view.open[axis].length;
  return { ...view, open: { ...view.open, [axis]: isOpen ? others : [...others, path] } };
}

/** A measure of the view's own is shown as soon as there is one. */
function define(view: View, name: string, defined: Defined): View {
  const measures = view.measures.includes(name) ? view.measures : [...view.measures, name];
  return { ...view, measures, defined: { ...view.defined, [name]: defined } };
}

/** A calculated member stands on its level behind those that are there. */
function defineMember(view: View, { name, level, member, beside }: Extract<Action, { do: "defineMember" }>): View {
  const known = view.levels[level]?.members ?? beside;
  const isThere = known.some((each) => isCalculated(each) && each.calculated === name);
  const members = isThere ? known : [...known, { calculated: name }];
  const levels = { ...view.levels, [level]: { ...view.levels[level], members } };
  return { ...view, levels, members: { ...view.members, [name]: member } };
}

/** Take back what the view defines for itself, wherever it is shown. */
function forget(view: View, name: string): View {
  const levels = Object.entries(view.levels).map(([level, wish]) => [level, withoutMember(wish, name)] as const);
  return {
    ...view,
    measures: view.measures.filter((each) => each !== name),
    defined: without(view.defined, name, null),
    members: without(view.members, name, null),
    levels: Object.fromEntries(levels),
    sort: view.sort?.by === name ? null : view.sort,
  };
}

/** Without its last calculated member a level shows all its members again. */
function withoutMember({ members, ...rest }: LevelWish, name: string): LevelWish {
  const others = (members ?? []).filter((each) => !isCalculated(each) || each.calculated !== name);
  return others.some(isCalculated) ? { ...rest, members: others } : rest;
}

/** Keep only a member, and split it by another field on its axis. */
function drillBy(view: View, path: Path, field: Field): View {
  const kept = path.reduce((found, _, at) => keep(found, path.slice(0, at + 1), false), view);
  const deepest = new Map(path.map((step) => [step.level.split(".")[0], step.level]));
  const filters = kept.filters.filter((filter) => !path.some((step) => step.level === filter.level) || [...deepest.values()].includes(filter.level));
  return tidy({ ...kept, filters, rows: [field], open: { ...kept.open, rows: [] } });
}

function swap(view: View): View {
  return {
    ...view,
    rows: view.columns,
    columns: view.rows,
    open: { rows: view.open.columns, columns: view.open.rows },
    totals: { rows: view.totals.columns, columns: view.totals.rows },
    sort: null,
  };
}

/** Drop what no longer has a place: expansions off the axes, a sort by a column that is gone. */
function tidy(view: View): View {
  const rows = axisLevels(view.rows);
  const columns = axisLevels(view.columns);
  const open = {
    rows: view.open.rows.filter((path) => follows(path, rows)),
    columns: view.open.columns.filter((path) => follows(path, columns)),
  };
  const sortsAtColumn = view.sort?.at.every((step, depth) => step.level === columns[depth]) ?? true;
  return { ...view, open, sort: sortsAtColumn ? view.sort : { ...view.sort!, at: [] } };
}

function without<T>(record: Readonly<Record<string, T>>, id: string, value: T | null): Readonly<Record<string, T>> {
  const rest = Object.fromEntries(Object.entries(record).filter(([name]) => name !== id));
  return value === null ? rest : { ...rest, [id]: value };
}

export function emptyView(cube: string): View {
  return { cube, ...EMPTY };
}
