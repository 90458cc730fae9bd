// An axis as a list of lines, out of the groups that are open on it. Pure; a line of a group that has 100,000
// members is there, with its place and its depth, before its member is known.

import { memberId } from "../api/keys";
import type { Member } from "../api/types";
import { ALL, SHOWN } from "../query/answers";
import { pathId, type Path } from "../view/view";

/** The children of one member, or the outermost members. */
export interface Group {
  readonly path: Path;
  readonly id: string;
  readonly count: number;
  /** The member at a place; undefined while it is not known. */
  readonly member: (place: number) => Member | undefined;
}

export interface Line {
  /** Shown is the total of the members that are shown, where others are left out. */
  readonly kind: "member" | "total" | "shown" | "loading" | "error";
  readonly group: Group;
  readonly place: number;
  readonly depth: number;
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
  /** The group of a path; "loading" or "error" where it is not here. */
  readonly group: (path: Path) => Group | "loading" | "error";
  readonly total: boolean;
  readonly totalOfShown?: boolean;
  /** Whether the total comes last. */
  readonly last?: boolean;
}

/** All lines of an axis, from first to last; the total comes first or last. */
export function axisLines(outline: Outline): readonly Line[] {
  const lines: Line[] = [];
  const root = outline.group([]);
  if (typeof root === "string") return lines;
  const all = outline.total || outline.levels.length === 0 ? [totalLine(root, "total")] : [];
  const totals = outline.totalOfShown ? [...all, totalLine(root, "shown")] : all;
  if (outline.levels.length > 0) addGroup(outline, root, lines);
  return outline.last ? [...lines, ...totals] : [...totals, ...lines];
}

/** A member's line. What names it is made when it is asked for: of 100,000 lines few are ever seen. */
class MemberLine implements Line {
  readonly kind = "member";

  constructor(
    readonly group: Group,
    readonly place: number,
    readonly depth: number,
    private readonly level: string,
    readonly expandable: boolean,
    readonly expanded: boolean,
    readonly parent: Line | undefined,
  ) {}

  get member(): Member | undefined {
    return this.group.member(this.place);
  }

  get path(): Path | undefined {
    const key = this.member?.key;
    return key ? [...this.group.path, { level: this.level, key }] : undefined;
  }

  get id(): string {
    const path = this.path;
    return path ? pathId(path) : `${this.group.id}#${this.place}`;
  }
}

/** A line for one of the measures of another: where measures stand on this axis each line has one for each. */
class MeasureLine implements Line {
  readonly kind: Line["kind"];
  readonly group: Group;
  readonly place: number;
  readonly depth: number;
  readonly expanded: boolean;

  constructor(
    private readonly line: Line,
    readonly measure: string,
    readonly isRepeat: boolean,
  ) {
    ({ kind: this.kind, group: this.group, place: this.place, depth: this.depth, expanded: this.expanded } = line);
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

export function withMeasures(lines: readonly Line[], measures: readonly string[]): readonly Line[] {
  return lines.flatMap((line) => (line.kind === "member" || isTotal(line) ? measures.map((name, at) => new MeasureLine(line, name, at > 0)) : [line]));
}

function addGroup(outline: Outline, group: Group, lines: Line[], parent?: Line): void {
  const depth = group.path.length;
  const level = outline.levels[depth]!;
  const hasChildren = depth + 1 < outline.levels.length;
  const mayOpen = hasChildren && outline.open.size > 0;
  for (let place = 0; place < group.count; place += 1) {
    const expandable = hasChildren && !(place === group.count - 1 && group.member(place)?.others);
    const line = new MemberLine(group, place, depth, level, expandable, false, parent);
    if (mayOpen && line.path && outline.open.has(line.id)) {
      const opened = new MemberLine(group, place, depth, level, expandable, true, parent);
      lines.push(opened);
      addChildren(outline, opened, lines);
    } else lines.push(line);
  }
}

function addChildren(outline: Outline, line: Line, lines: Line[]): void {
  const [path, id] = [line.path!, line.id];
  const group = outline.group(path);
  if (typeof group !== "string") return addGroup(outline, group, lines, line);
  const bare = { group: line.group, place: 0, depth: path.length, member: undefined, expandable: false, expanded: false };
  lines.push({ ...bare, kind: group, path, id: `${id}/${group}` });
}

function totalLine(group: Group, kind: "total" | "shown"): Line {
  const bare = { member: undefined, expandable: false, expanded: false };
  return { kind, group, place: -1, depth: 0, path: [], id: kind, ...bare };
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
  return line.member ? memberId(line.member.key) : ALL;
}

/** The line of the parent, or -1. */
export function parentLine(lines: readonly Line[], at: number): number {
  const depth = lines[at]?.depth ?? 0;
  for (let before = at - 1; before >= 0 && depth > 0; before -= 1) {
    const line = lines[before]!;
    if (line.kind === "member" && line.depth < depth) return before;
  }
  return -1;
}
