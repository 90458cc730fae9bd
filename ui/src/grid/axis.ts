// An axis as a list of lines, out of the groups that are open on it. Pure; a line of a group that has 100,000
// members is there, with its place and its depth, before its member is known.

import type { Member } from "../api/types";
import { ALL, placeOf, SHOWN } from "../query/answers";
import type { Child } from "../query/questions";
import { pathId, type Path } from "../view/view";

/** The children of one member, or the outermost members, of one level. */
export interface Group extends Child {
  readonly path: Path;
  readonly id: string;
  readonly count: number;
  /** The member at a place; undefined while it is not known. */
  readonly member: (place: number) => Member | undefined;
}

export interface Line {
  /** Shown is the total of the members that are shown, where others are left out; a subtotal stands behind what an open member has below it. */
  readonly kind: "member" | "subtotal" | "total" | "shown" | "loading" | "error";
  readonly group: Group;
  readonly place: number;
  readonly depth: number;
  /** The number of its level on the axis: in a ragged hierarchy it may be more than the depth. */
  readonly at: number;
  readonly member: Member | undefined;
  /** The path to the member itself; undefined while it is not known. The total's is empty. */
  readonly path: Path | undefined;
  readonly id: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** The line that it lies under; none for the outermost. */
  readonly parent?: Line | undefined;
  /** Its measure, where measures stand on this axis. */
  readonly measure?: string;
  /** Whether another line of the same member comes before it. */
  readonly isRepeat?: boolean;
}

export interface Outline {
  readonly levels: readonly string[];
  readonly open: ReadonlySet<string>;
  /** The groups below a path; "loading" or "error" where one is not here. */
  readonly groups: (path: Path) => readonly (Group | "loading" | "error")[];
  /** Whether members of a level have others below them. */
  readonly opens: (level: string) => boolean;
  readonly total: boolean;
  readonly totalOfShown?: boolean;
  /** Whether the total comes last. */
  readonly last?: boolean;
  /** Whether a member of a level has, while it is open, its total behind what it has below it. */
  readonly closes?: (level: string) => boolean;
}

/** All lines of an axis, from first to last; totals come first or last. */
export function axisLines(outline: Outline): readonly Line[] {
  const lines: Line[] = [];
  const roots = outline.groups([]);
  const root = roots[0];
  if (root === undefined || typeof root === "string") return lines;
  const all = outline.total || outline.levels.length === 0 ? [totalLine(root, "total")] : [];
  const totals = outline.totalOfShown ? [...all, totalLine(root, "shown")] : all;
  if (outline.levels.length > 0) addGroups(outline, roots, lines);
  return outline.last ? [...lines, ...totals] : [...totals, ...lines];
}

/** A member's line. What names it is made when it is asked for: of 100,000 lines few are ever seen. */
class MemberLine implements Line {
  readonly kind: "member" | "subtotal" = "member";

  constructor(
    readonly group: Group,
    readonly place: number,
    readonly at: number,
    private readonly opens: boolean,
    readonly expanded: boolean,
    readonly parent: Line | undefined,
  ) {}

  get depth(): number {
    return this.group.path.length;
  }

  get member(): Member | undefined {
    return this.group.member(this.place);
  }

  get path(): Path | undefined {
    const { key } = this.member ?? {};
    const { path, level, past } = this.group;
    return key ? [...path, { level: level!, key, ...(past.length > 0 ? { past } : {}) }] : undefined;
  }

  /** The others, calculated members and leaves of a ragged hierarchy have none below them. */
  get expandable(): boolean {
    return this.opens && !this.member?.others && !this.member?.calculated && !this.member?.leaf;
  }

  get id(): string {
    const path = this.path;
    return path ? pathId(path) : `${this.group.id}#${this.place}`;
  }
}

/** The total of an open member, behind what it has below it. */
class SubtotalLine extends MemberLine {
  override readonly kind = "subtotal";

  constructor({ group, place, at, parent }: Line) {
    super(group, place, at, false, false, parent);
  }

  override get id(): string {
    return `${super.id}/total`;
  }
}

/** A line for one of the measures of another: where measures stand on this axis each line has one for each. */
class MeasureLine implements Line {
  readonly kind: Line["kind"];
  readonly group: Group;
  readonly place: number;
  readonly depth: number;
  readonly at: number;
  readonly expanded: boolean;

  constructor(
    private readonly line: Line,
    readonly measure: string,
    readonly isRepeat: boolean,
  ) {
    ({ kind: this.kind, group: this.group, place: this.place, depth: this.depth, at: this.at, expanded: this.expanded } = line);
  }

  get member(): Member | undefined {
    return this.line.member;
  }

  get path(): Path | undefined {
    return this.line.path;
  }

  get id(): string {
    return `${this.line.id}:${this.measure}`;
  }

  get parent(): Line | undefined {
    return this.line.parent;
  }

  get expandable(): boolean {
    return this.line.expandable && !this.isRepeat;
  }
}

/** Lines with measures on their axis. A line that shows no values of its own stands once. */
export function withMeasures(lines: readonly Line[], measures: readonly string[], hidesOwn: (line: Line) => boolean): readonly Line[] {
  const of = (line: Line) => (hidesOwn(line) ? measures.slice(0, 1) : measures);
  return lines.flatMap((line) => (line.member || line.kind === "member" || isTotal(line) ? of(line).map((name, at) => new MeasureLine(line, name, at > 0)) : [line]));
}

function addGroups(outline: Outline, groups: readonly (Group | "loading" | "error")[], lines: Line[], parent?: Line): void {
  for (const group of groups) {
    if (typeof group !== "string") addGroup(outline, group, lines, parent);
    else if (parent) addWaiting(group, parent, lines);
  }
}

function addGroup(outline: Outline, group: Group, lines: Line[], parent?: Line): void {
  const at = outline.levels.indexOf(group.level!);
  const opens = outline.opens(group.level!);
  const mayOpen = opens && outline.open.size > 0;
  for (let place = 0; place < group.count; place += 1) {
    const line = new MemberLine(group, place, at, opens, false, parent);
    if (mayOpen && line.path && outline.open.has(line.id)) {
      const opened = new MemberLine(group, place, at, opens, true, parent);
      lines.push(opened);
      addGroups(outline, outline.groups(opened.path!), lines, opened);
      if (outline.closes?.(group.level!)) lines.push(new SubtotalLine(opened));
    } else lines.push(line);
  }
}

/** A place for children that are on their way. */
function addWaiting(kind: "loading" | "error", parent: Line, lines: Line[]): void {
  const path = parent.path!;
  const bare = { group: parent.group, place: 0, depth: path.length, at: parent.at + 1, member: undefined, expandable: false, expanded: false };
  lines.push({ ...bare, kind, path, id: `${parent.id}/${kind}/${lines.length}` });
}

function totalLine(group: Group, kind: "total" | "shown"): Line {
  const bare = { member: undefined, expandable: false, expanded: false };
  return { kind, group, place: -1, depth: 0, at: 0, path: [], id: kind, ...bare };
}

/** Whether a line is a total, of all or of what is shown. */
export function isTotal(line: Line): boolean {
  return line.kind === "total" || line.kind === "shown";
}

/** Whether a line stands for members that only the whole list of its group tells: the shown ones, or all others. */
export function isTogether(line: Line): boolean {
  return line.kind === "shown" || line.member?.others === true;
}

/** How a line's member is looked up in a block. */
export function lineKey(line: Line): string {
  if (line.kind === "shown") return SHOWN;
  return line.member ? placeOf(line.member) : ALL;
}

/** The line of the parent, or -1; of a subtotal the line of the member itself. */
export function parentLine(lines: readonly Line[], at: number): number {
  const depth = (lines[at]?.depth ?? 0) + (lines[at]?.kind === "subtotal" ? 1 : 0);
  for (let before = at - 1; before >= 0 && depth > 0; before -= 1) {
    const line = lines[before]!;
    if (line.kind === "member" && line.depth < depth) return before;
  }
  return -1;
}
