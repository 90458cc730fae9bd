// Saved reports as views, and views as reports. Pure.

import type { Parameter, ReportBody, ReportQuery, Slot } from "../api/reports";
import type { Cube, Key, KeyPath } from "../api/types";
import { levelOf } from "../grid/captions";
import type { Model } from "../grid/model";
import { emptyView } from "../view/actions";
import { viewFrom } from "../view/address";
import type { Field, Filter, View } from "../view/view";
import { flatQuestion } from "../app/share";

/** The report that saves a view; of one that was there already what this page does not show stays. */
export function reportOf(model: Model, name: string, description: string, old: ReportBody | null): ReportBody {
  const table = { ...flatQuestion(model, null), cube: model.view.cube };
  return { ...old, name, description, queries: { ...old?.queries, table }, view: model.view };
}

/** The view that a report shows itself as: the one saved with it, else that of its first query. */
export function viewOf(report: ReportBody, cubes: ReadonlyMap<string, Cube>, values: URLSearchParams): View | null {
  const query = Object.values(report.queries)[0] as ReportQuery | undefined;
  const kept = viewFrom({ ...report.view });
  const view = kept ?? (query && cubes.has(query.cube) ? viewOfQuery(query, report.parameters ?? {}, cubes) : null);
  const cube = view && cubes.get(view.cube);
  return view && cube ? withParameters(view, cube, report.parameters ?? {}, values) : null;
}

function viewOfQuery(query: ReportQuery, parameters: Readonly<Record<string, Parameter>>, cubes: ReadonlyMap<string, Cube>): View {
  const cube = cubes.get(query.cube)!;
  const fields = (items: readonly (string | { readonly level?: string })[] = []): readonly Field[] =>
    items.flatMap((item) => {
      const level = typeof item === "string" ? item : item.level;
      return level ? [{ levels: [level] }] : [];
    });
  const filters = (query.cut ?? []).map(({ level, members = [], exclude = false }): Filter => {
    const found = members.flatMap((slot) => membersOf(slot, parameters, cube, level));
    return { level, members: found, exclude };
  });
  const { rows, columns } = query.axes ?? {};
  const measures = query.measures ?? cube.measures.slice(0, 1).map((measure) => measure.name);
  return { ...emptyView(query.cube), rows: fields(rows), columns: fields(columns), measures, filters: filters.filter((each) => each.members.length > 0) };
}

function membersOf(slot: Slot, parameters: Readonly<Record<string, Parameter>>, cube: Cube, level: string): readonly KeyPath[] {
  if (slot !== null && typeof slot === "object" && "parameter" in slot) {
    const start = parameters[slot.parameter]?.default;
    return start === undefined ? [] : parseMembers(String(start), cube, level);
  }
  return [Array.isArray(slot) ? (slot as KeyPath) : [slot as Key]];
}

/** What the address says of parameters becomes filters. */
function withParameters(view: View, cube: Cube, parameters: Readonly<Record<string, Parameter>>, values: URLSearchParams): View {
  const given = Object.entries(parameters).flatMap(([name, { level }]): readonly Filter[] => {
    const texts = values.getAll(name);
    return level && texts.length > 0 ? [{ level, members: texts.flatMap((text) => parseMembers(text, cube, level)), exclude: false }] : [];
  });
  const others = view.filters.filter((filter) => !given.some((each) => each.level === filter.level));
  return given.length > 0 ? { ...view, filters: [...others, ...given] } : view;
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
