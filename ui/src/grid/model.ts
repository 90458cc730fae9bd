// The table that a view and the answers make: lines, columns, values; and what must still be asked. Pure.

import type { Cut, KeyPath, Member, Meta, Question } from "../api/types";
import { ALL, type Block } from "../query/answers";
import { PAGE, pathCuts, Questions, type Child, type Hides, type HierarchyOf } from "../query/questions";
import { goesAlong, shownName } from "../query/showAs";
import type { Entry } from "../query/store";
import { pathId, type AxisName, type Path, type Scope, type View } from "../view/view";
import { axisLines, isTogether, isTotal, lineKey, withMeasures, type Group, type Line } from "./axis";
import { columnsOf, headerDepth, headersOf, measureAt, type Column, type Header } from "./headers";

/** The most cells that are asked for only to find a colour scale. */
const MOST_SCALED = 500_000;

export type Value = number | null | "loading" | "error";
export type Lookup = (question: Question) => Entry | undefined;

/** A table, as far as the answers go. */
export class Model {
  readonly questions: Questions;
  readonly rows: readonly Line[];
  readonly lines: readonly Line[];
  readonly columns: readonly Column[];
  readonly headers: readonly Header[];
  readonly headerDepth: number;
  /** Questions whose answers say which members there are; without them the table is not whole. */
  readonly needed: readonly Question[];
  /** Questions whose answers the table stands on. */
  readonly founded: readonly Question[];
  readonly failed: readonly { readonly question: Question; readonly error: unknown }[];
  private readonly asked: Question[] = [];
  private readonly used: Question[] = [];
  private readonly broken: { question: Question; error: unknown }[] = [];
  private readonly groups = new Map<string, Group>();

  constructor(
    readonly view: View,
    private readonly hierarchyOf: HierarchyOf,
    private readonly lookup: Lookup,
    time = "time",
    hides: Hides = () => false,
  ) {
    this.questions = new Questions(view, hierarchyOf, time, hides);
    const { columnLevels } = this.questions;
    const open = { rows: ids(view.open.rows), columns: ids(view.open.columns) };
    const totals = view.totals;
    const last = view.totalsAt === "last";
    const onRows = view.measuresOn === "rows";
    const along = (axis: AxisName) => ({
      levels: this.questions.levels(axis),
      open: open[axis],
      groups: (path: Path) => this.questions.children(axis, path).map((child) => (axis === "rows" ? this.rowGroup(path, child) : this.columnGroup(path, child))),
      opens: (level: string) => this.questions.opens(axis, level),
      total: totals[axis],
      last,
      closes: (level: string) => last && view.levels[level]?.subtotals !== false,
    });
    const rows = axisLines({ ...along("rows"), totalOfShown: totals.rows && this.questions.hasTotalOfShown });
    this.rows = onRows ? withMeasures(rows, view.measures, this.hidesOwn) : rows;
    this.lines = axisLines(along("columns"));
    const measures = onRows ? [""] : view.measures;
    const levels = onRows ? Math.max(1, columnLevels.length) : columnLevels.length;
    const headers = headersOf(this.lines, measures, levels, this.hidesOwn);
    this.columns = columnsOf(this.lines, measures, this.hidesOwn);
    this.headers = onRows ? headers.filter((header) => header.kind !== "measure") : headers;
    this.headerDepth = headerDepth(this.lines, levels) + (onRows ? 0 : 1);
    this.needed = this.asked;
    this.founded = this.used;
    this.failed = this.broken;
  }

  /** Whether an open member shows no values at its own line: it has none to show, or they stand behind what it has below it. */
  readonly hidesOwn = (line: Line): boolean =>
    line.expanded && (this.view.totalsAt === "last" || this.view.levels[line.group.level ?? ""]?.subtotals === false);

  /** What the first answer says of itself; undefined while there is none. */
  get meta(): Meta | undefined {
    return this.block(this.questions.rows([], 0))?.meta;
  }

  get isReady(): boolean {
    return this.meta !== undefined;
  }

  /** The value of a cell, as the server evaluated it there. */
  value(row: Line, column: Line, measure: string): Value {
    const question = this.cellQuestion(row, column);
    if (question === null) return row.kind === "error" || column.kind === "error" ? "error" : "loading";
    const entry = this.lookup(question);
    if (!entry) return "loading";
    if ("error" in entry) return "error";
    if (isTogether(row) && column.group.path.length > 0) return this.hasNoPlace(measure) ? null : entry.block.value(measure, ALL, lineKey(column));
    return entry.block.value(measure, lineKey(row), lineKey(column));
  }

  /** The others and totals have no place in what goes along the rows: a rank, a running total. */
  private hasNoPlace(measure: string): boolean {
    return this.view.measures.some((name) => shownName(this.view, name) === measure && goesAlong({ ...this.view, measures: [name] }, "rows"));
  }

  /** The cuts to a line; null while the members that it is taken together of are not all known, or where it is calculated. */
  cuts(line: Line): readonly Cut[] | null {
    if (line.member?.calculated) return null;
    if (!isTogether(line)) return pathCuts(line.path ?? [], this.hierarchyOf);
    const members = this.groupMembers(line.group);
    const cut = { level: line.group.level!, members: members ?? [], ...(line.kind === "shown" ? {} : { exclude: true }) };
    return members && [...pathCuts(line.group.path, this.hierarchyOf), cut];
  }

  /** The members of a group that are shown; null while some are not known. */
  private groupMembers(group: Group): readonly KeyPath[] | null {
    const members = Array.from({ length: group.count }, (_, place) => group.member(place));
    return members.includes(undefined) ? null : members.flatMap((member) => (member!.key ? [member!.key] : []));
  }

  /** The question whose answer holds a cell; null while its row or column is not known. */
  cellQuestion(row: Line, column: Line): Question | null {
    if (row.kind === "error" || row.kind === "loading") return null;
    if (column.kind === "error" || column.kind === "loading") return null;
    const page = Math.max(0, Math.floor(row.place / PAGE));
    const [down, across] = [row.group, column.group];
    if (isOutermost(across)) return this.questions.rows(down.path, page, down);
    if (!row.member && !isTotal(row)) return null;
    if (isTogether(row)) {
      const cuts = this.cuts(row);
      return cuts && this.questions.together(cuts, across.path, across);
    }
    if (row.kind === "total" || (isOutermost(down) && this.isWhole(down))) return this.columnQuestion(across.path, across);
    const members = this.isWhole(down) ? null : this.pageMembers(down, page);
    return this.questions.block(down.path, down, across.path, across, members);
  }

  /** What the cells in a window need, without repeats; what says which members there are comes first. */
  wanted(first: number, last: number, columns: readonly Column[]): readonly Question[] {
    const found = new Map<string, Question>();
    const add = (question: Question | null) => question && found.set(JSON.stringify(question), question);
    this.needed.forEach(add);
    const groups = new Map(columns.map((column) => [column.line.group.id, column]));
    const scales: (Question | null)[] = [];
    let before = "";
    for (const row of this.rows.slice(first, last)) {
      if (isTogether(row)) this.pages(row.group).forEach(add);
      const place = `${isTotal(row) || isTogether(row) ? row.id : row.group.id}:${Math.floor(row.place / PAGE)}`;
      if (place === before) continue;
      before = place;
      add(this.questions.rows(row.group.path, Math.max(0, Math.floor(row.place / PAGE)), row.group));
      for (const column of groups.values()) {
        add(this.cellQuestion(row, column.line));
        if (row.kind === "member") scales.push(...this.scaleQuestions(row, column.line));
      }
    }
    // Colours can wait for numbers.
    scales.forEach(add);
    return [...found.values()];
  }

  /** All pages of a group: only they tell which members are shown. */
  private pages(group: Group): readonly Question[] {
    const pages = Array.from({ length: Math.max(1, Math.ceil(group.count / PAGE)) }, (_, page) => page);
    return pages.map((page) => this.questions.rows(group.path, page, group));
  }

  /** The least and the most that a cell's colour goes by; null while that is not known. */
  scale(row: Line, column: Column): readonly [number, number] | null {
    const measure = measureAt(row, column);
    const name = shownName(this.view, measure);
    const question = this.scaleOf(row, column.line, this.scopeOf(measure)) ?? this.cellQuestion(row, column.line);
    const block = question && this.block(question);
    if (!block) return null;
    const scope = this.scopeOf(measure);
    if (scope === "slice") return block.range(name);
    const only = scope === "row" ? { row: lineKey(row) } : scope === "column" ? { column: lineKey(column.line) } : {};
    return rangeOf(block.values(name, only));
  }

  /** What goes along the rows means something only inside its parent. */
  private scopeOf(measure: string): Scope {
    const along = goesAlong({ ...this.view, measures: [measure] }, "rows") || goesAlong({ ...this.view, measures: [measure] }, "columns");
    return along ? "parent" : (this.view.formats[measure]?.scope ?? "slice");
  }

  private hot(isIt: (scope: Scope) => boolean): readonly string[] {
    const coloured = (name: string) => ["heat", "bars"].includes(this.view.formats[name]?.colour ?? "none");
    return this.view.measures.filter((name) => coloured(name) && isIt(this.scopeOf(name)));
  }

  /** What the colours of a cell need beyond its number, of all measures. */
  private scaleQuestions(row: Line, column: Line): readonly (Question | null)[] {
    return [this.scaleOf(row, column, "slice"), this.scaleOf(row, column, "parent")];
  }

  /** For the whole slice its least and most; within one parent the whole of a group that has many pages. */
  private scaleOf(row: Line, column: Line, scope: Scope): Question | null {
    const measures = this.hot((each) => (each === "slice") === (scope === "slice"));
    if (measures.length === 0) return null;
    if (scope === "slice") return this.questions.slice(row.group.level, column.group.level, measures);
    const cells = row.group.count * Math.max(1, column.group.count);
    const isPaged = row.group.count > PAGE && cells <= MOST_SCALED;
    return isPaged ? this.questions.whole(row.group.path, row.group, column.group.path, column.group, measures) : null;
  }

  private rowGroup(path: Path, child: Child): Group | "loading" | "error" {
    const id = groupId(path, child);
    const known = this.groups.get(id);
    if (known) return known;
    const first = this.need(this.questions.rows(path, 0, child));
    if (typeof first === "string") return first;
    const group = { path, ...child, id, count: first.rowCount, member: this.memberFinder(path, child) };
    this.groups.set(group.id, group);
    return group;
  }

  private memberFinder(path: Path, child: Child): (place: number) => Member | undefined {
    const pages = new Map<number, readonly Member[]>();
    return (place) => {
      const page = Math.floor(place / PAGE);
      if (!pages.has(page)) pages.set(page, this.block(this.questions.rows(path, page, child))?.rows ?? []);
      return pages.get(page)![place - page * PAGE];
    };
  }

  private columnGroup(path: Path, child: Child): Group | "loading" | "error" {
    const id = groupId(path, child);
    const question = isOutermost({ path, ...child }) ? this.questions.rows([], 0) : this.columnQuestion(path, child);
    if (question === null) return "loading";
    const block = this.need(question);
    if (typeof block === "string") return block;
    const members = block.columns;
    return { path, ...child, id, count: members.length, member: (place) => members[place] };
  }

  /** A column group is asked for with the outermost rows where one page holds them all. */
  private columnQuestion(path: Path, child: Child): Question | null {
    const root = this.rowGroup([], this.questions.children("rows", [])[0]);
    return typeof root === "string" ? null : this.questions.columns(path, this.isWhole(root), child);
  }

  private isWhole(group: Group): boolean {
    return group.count <= PAGE && !this.questions.leavesOut(group.level);
  }

  private pageMembers(group: Group, page: number): readonly KeyPath[] {
    const first = page * PAGE;
    const places = Array.from({ length: Math.min(group.count, first + PAGE) - first }, (_, at) => first + at);
    return places.flatMap((place) => {
      const member = group.member(place);
      return member?.key ? [member.key] : [];
    });
  }

  private need(question: Question): Block | "loading" | "error" {
    const entry = this.lookup(question);
    if (entry && "block" in entry) {
      this.used.push(question);
      return entry.block;
    }
    if (entry) this.broken.push({ question, error: entry.error });
    else this.asked.push(question);
    return entry ? "error" : "loading";
  }

  private block(question: Question): Block | undefined {
    const entry = this.lookup(question);
    return entry && "block" in entry ? entry.block : undefined;
  }
}

/** The first group of an axis; in a ragged hierarchy others may stand beside it. */
function isOutermost({ path, past }: { readonly path: Path } & Child): boolean {
  return path.length === 0 && past.length === 0;
}

/** What a group is called. */
export function groupId(path: Path, { past }: Child): string {
  return past.length > 0 ? `${pathId(path)} past ${past.join()}` : pathId(path);
}

export function rangeOf(values: Iterable<number>): readonly [number, number] | null {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least <= most ? [least, most] : null;
}

function ids(paths: readonly Path[]): ReadonlySet<string> {
  return new Set(paths.map(pathId));
}
