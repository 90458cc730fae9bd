// The table that a view and the answers make: lines, columns, values; and what must still be asked. Pure.

import type { Cut, KeyPath, Member, Meta, Question } from "../api/types";
import { ALL, type Block } from "../query/answers";
import { PAGE, pathCuts, Questions, type HierarchyOf } from "../query/questions";
import { goesAlong, shownName } from "../query/showAs";
import type { Entry } from "../query/store";
import { pathId, type Path, type View } from "../view/view";
import { axisLines, isTogether, isTotal, lineKey, withMeasures, type Group, type Line } from "./axis";
import { columnsOf, headerDepth, headersOf, type Column, type Header } from "./headers";

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
  ) {
    this.questions = new Questions(view, hierarchyOf, time);
    const { rowLevels, columnLevels } = this.questions;
    const open = { rows: ids(view.open.rows), columns: ids(view.open.columns) };
    const totals = view.totals;
    const group = (path: Path) => this.rowGroup(path);
    const last = view.totalsAt === "last";
    const onRows = view.measuresOn === "rows";
    const rows = axisLines({ levels: rowLevels, open: open.rows, group, total: totals.rows, totalOfShown: totals.rows && this.questions.hasTotalOfShown, last });
    this.rows = onRows ? withMeasures(rows, view.measures) : rows;
    const columnGroup = (path: Path) => this.columnGroup(path);
    this.lines = axisLines({ levels: columnLevels, open: open.columns, group: columnGroup, total: totals.columns, last });
    const measures = onRows ? [""] : view.measures;
    const levels = onRows ? Math.max(1, columnLevels.length) : columnLevels.length;
    const headers = headersOf(this.lines, measures, levels);
    this.columns = columnsOf(this.lines, measures);
    this.headers = onRows ? headers.filter((header) => header.kind !== "measure") : headers;
    this.headerDepth = headerDepth(this.lines, levels) + (onRows ? 0 : 1);
    this.needed = this.asked;
    this.founded = this.used;
    this.failed = this.broken;
  }

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

  /** The cuts to a row; null while the members that it is taken together of are not all known. */
  rowCuts(row: Line): readonly Cut[] | null {
    if (!isTogether(row)) return pathCuts(row.path ?? [], this.hierarchyOf);
    const members = this.groupMembers(row.group);
    const level = this.questions.rowLevels[row.group.path.length]!;
    const cut = { level, members: members ?? [], ...(row.kind === "shown" ? {} : { exclude: true }) };
    return members && [...pathCuts(row.group.path, this.hierarchyOf), cut];
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
    const across = column.group.path;
    if (across.length === 0) return this.questions.rows(row.group.path, page);
    if (!row.member && !isTotal(row)) return null;
    if (isTogether(row)) {
      const cuts = this.rowCuts(row);
      return cuts && this.questions.together(cuts, across);
    }
    if (row.kind === "total" || row.group.path.length === 0) {
      if (row.kind === "total" || this.isWhole(row.group)) return this.columnQuestion(across);
    }
    const members = this.isWhole(row.group) ? null : this.pageMembers(row.group, page);
    return this.questions.block(row.group.path, across, members);
  }

  /** What the cells in a window need, without repeats; what says which members there are comes first. */
  wanted(first: number, last: number, columns: readonly Column[]): readonly Question[] {
    const found = new Map<string, Question>();
    const add = (question: Question | null) => question && found.set(JSON.stringify(question), question);
    this.needed.forEach(add);
    const groups = new Map(columns.map((column) => [column.line.group.id, column.line]));
    let before = "";
    for (const row of this.rows.slice(first, last)) {
      if (isTogether(row)) this.pages(row.group).forEach(add);
      const place = `${isTotal(row) || isTogether(row) ? row.id : row.group.id}:${Math.floor(row.place / PAGE)}`;
      if (place === before) continue;
      before = place;
      add(this.questions.rows(row.group.path, Math.max(0, Math.floor(row.place / PAGE))));
      for (const line of groups.values()) {
        add(this.cellQuestion(row, line));
        add(this.scaleQuestion(row, line));
      }
    }
    return [...found.values()];
  }

  /** All pages of a group: only they tell which members are shown. */
  private pages(group: Group): readonly Question[] {
    const pages = Array.from({ length: Math.max(1, Math.ceil(group.count / PAGE)) }, (_, page) => page);
    return pages.map((page) => this.questions.rows(group.path, page));
  }

  /** The block that a colour scale goes by: all of a group, not only the page in sight. */
  scaleBlock(row: Line, column: Line): Block | undefined {
    const question = this.scaleQuestion(row, column) ?? this.cellQuestion(row, column);
    return question ? this.block(question) : undefined;
  }

  /** What a colour scale needs beyond the cells: the whole of a group that has many pages. */
  private scaleQuestion(row: Line, column: Line): Question | null {
    const isPaged = row.kind === "member" && row.group.count > PAGE && column.group.path.length === 0;
    const hot = this.view.measures.filter((name) => this.view.formats[name]?.colour === "heat" || this.view.formats[name]?.colour === "bars");
    const cells = row.group.count * Math.max(1, column.group.count);
    return isPaged && hot.length > 0 && cells <= MOST_SCALED ? this.questions.whole(row.group.path, hot) : null;
  }

  private rowGroup(path: Path): Group | "loading" | "error" {
    const known = this.groups.get(pathId(path));
    if (known) return known;
    const first = this.need(this.questions.rows(path, 0));
    if (typeof first === "string") return first;
    const group = { path, id: pathId(path), count: first.rowCount, member: this.memberFinder(path) };
    this.groups.set(group.id, group);
    return group;
  }

  private memberFinder(path: Path): (place: number) => Member | undefined {
    const pages = new Map<number, readonly Member[]>();
    return (place) => {
      const page = Math.floor(place / PAGE);
      if (!pages.has(page)) pages.set(page, this.block(this.questions.rows(path, page))?.rows ?? []);
      return pages.get(page)![place - page * PAGE];
    };
  }

  private columnGroup(path: Path): Group | "loading" | "error" {
    const question = path.length === 0 ? this.questions.rows([], 0) : this.columnQuestion(path);
    if (question === null) return "loading";
    const block = this.need(question);
    if (typeof block === "string") return block;
    const members = block.columns;
    return { path, id: pathId(path), count: members.length, member: (place) => members[place] };
  }

  /** A column group is asked for with the outermost rows where one page holds them all. */
  private columnQuestion(path: Path): Question | null {
    const root = this.rowGroup([]);
    return typeof root === "string" ? null : this.questions.columns(path, this.isWhole(root));
  }

  private isWhole(group: Group): boolean {
    return group.count <= PAGE && !this.questions.leavesOut(this.questions.rowLevels[group.path.length]);
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

function ids(paths: readonly Path[]): ReadonlySet<string> {
  return new Set(paths.map(pathId));
}
