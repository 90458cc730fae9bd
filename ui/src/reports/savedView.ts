// Saved reports as views, and views as reports. Pure.

import type { Parameter, ReportBody, ReportQuery } from "../api/reports";
import type { Cube, Cut, Question } from "../api/types";
import { flatQuestion } from "../app/share";
import type { Model } from "../grid/model";
import { viewFrom } from "../view/address";
import type { Filter, View } from "../view/view";
import { parseMembers, viewOfQuery } from "./queryView";

type Parameters = Readonly<Record<string, Parameter>>;

/** The report that saves a view; of one that was there already what this page does not show stays. */
export function reportOf(model: Model, name: string, description: string, old: ReportBody | null): ReportBody {
  const table = { ...withSlots(flatQuestion(model, null), old?.parameters ?? {}), cube: model.view.cube };
  return { ...old, name, description, queries: { ...old?.queries, table }, view: model.view };
}

/** Where a parameter stands for the members of a level, the query keeps asking for what it says. */
function withSlots(question: Question, parameters: Parameters): Question {
  const names = new Map(Object.entries(parameters).map(([name, { level }]) => [level, name]));
  const slot = (cut: Cut) => {
    const parameter = cut.exclude ? undefined : names.get(cut.level);
    return parameter ? { level: cut.level, members: [{ parameter }] } : cut;
  };
  return { ...question, cut: question.cut.map(slot) as Question["cut"] };
}

/** The view that a report shows itself as: the one saved with it, else that of its first query. */
export function viewOf(report: ReportBody, cubes: ReadonlyMap<string, Cube>, values: URLSearchParams): View | null {
  const query = Object.values(report.queries)[0] as ReportQuery | undefined;
  const cubeOfQuery = query && cubes.get(query.cube);
  const kept = viewFrom({ ...report.view });
  const view = kept ?? (query && cubeOfQuery ? viewOfQuery(query, report.parameters ?? {}, cubeOfQuery, values) : null);
  const cube = view && cubes.get(view.cube);
  return view && cube ? withParameters(view, cube, report.parameters ?? {}, values) : null;
}

/** What the address says of parameters becomes filters. */
function withParameters(view: View, cube: Cube, parameters: Parameters, values: URLSearchParams): View {
  const given = Object.entries(parameters).flatMap(([name, { level }]): readonly Filter[] => {
    const texts = values.getAll(name);
    const isRange = view.filters.some((filter) => filter.level === level && filter.ranges);
    return level && texts.length > 0 && !isRange ? [{ level, members: texts.flatMap((text) => parseMembers(text, cube, level)), exclude: false }] : [];
  });
  const others = view.filters.filter((filter) => !given.some((each) => each.level === filter.level));
  return given.length > 0 ? { ...view, filters: [...others, ...given] } : view;
}

/** A view but for what its report's parameters say: a reader who chooses others has not changed the report. */
export function withoutParameters(view: View, parameters: Parameters = {}): View {
  const levels = new Set(Object.values(parameters).map(({ level }) => level));
  return { ...view, filters: view.filters.filter((filter) => !levels.has(filter.level)) };
}
