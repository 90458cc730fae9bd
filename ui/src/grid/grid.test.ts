import { describe, expect, it } from "vitest";
import { axisLines, parentLine, withMeasures, type Group, type Line, type Outline } from "./axis";
import { columnExtent, edges, rowExtent, rowScroll } from "./extent";
import { columnsOf, headersOf } from "./headers";
import { moved } from "./place";
import { pathId, type Path } from "../view/view";

function group(path: Path, names: readonly string[], count = names.length): Group {
  const member = (place: number) => {
    const name = names[place];
    return name === undefined ? undefined : { key: [...path.map((step) => String(step.key.at(-1))), name], caption: name };
  };
  return { path, level: path.length === 0 ? "d.one" : "d.two", past: [], id: pathId(path), count, member };
}

function outline(open: readonly Path[], groups: Readonly<Record<string, Group | "loading">>): Outline {
  const found = (path: Path) => [groups[path.map((step) => step.key.at(-1)).join("/")] ?? "loading"] as const;
  const levels = ["d.one", "d.two"];
  return { levels, open: new Set(open.map(pathId)), groups: found, opens: (level) => level === "d.one", total: true };
}

const A: Path = [{ level: "d.one", key: ["a"] }];

describe("an axis", () => {
  it("puts children below their open parent", () => {
    const lines = axisLines(outline([A], { "": group([], ["a", "b"]), a: group(A, ["x", "y"]) }));
    expect(lines.map((line) => [line.kind, line.member?.caption, line.depth])).toEqual([
      ["total", undefined, 0],
      ["member", "a", 0],
      ["member", "x", 1],
      ["member", "y", 1],
      ["member", "b", 0],
    ]);
  });
  it("puts the total of an open member behind its children", () => {
    const closing = { ...outline([A], { "": group([], ["a", "b"]), a: group(A, ["x", "y"]) }), last: true, closes: () => true };
    const lines = axisLines(closing);
    expect(lines.map((line) => [line.kind, line.member?.caption, line.depth])).toEqual([
      ["member", "a", 0],
      ["member", "x", 1],
      ["member", "y", 1],
      ["subtotal", "a", 0],
      ["member", "b", 0],
      ["total", undefined, 0],
    ]);
    expect(lines[3]!.path).toEqual(lines[0]!.path);
    expect(parentLine(lines, 3)).toBe(0);
    expect(new Set(lines.map((line) => line.id)).size).toBe(6);
    const hidesOwn = (line: Line) => line.expanded;
    expect(columnsOf(lines, ["m"], hidesOwn).map(({ line }) => line.kind)).toEqual(["member", "member", "subtotal", "member", "total"]);
    const spans = headersOf(lines, ["m"], 2, hidesOwn)
      .filter((header) => header.line.member?.caption === "a" && header.kind !== "measure")
      .map(({ kind, top, bottom, start, end }) => [kind, top, bottom, start, end]);
    expect(spans).toEqual([
      ["member", 0, 1, 0, 3],
      ["subtotal", 1, 2, 2, 3],
    ]);
    const rows = withMeasures(lines, ["m", "n"], hidesOwn).map(({ kind, measure }) => `${kind} ${measure}`);
    expect(rows.slice(0, 2)).toEqual(["member m", "member m"]);
    expect(rows.slice(5, 7)).toEqual(["subtotal m", "subtotal n"]);
  });
  it("shows a place for children that are on their way", () => {
    const lines = axisLines(outline([A], { "": group([], ["a"]) }));
    expect(lines.map((line) => line.kind)).toEqual(["total", "member", "loading"]);
  });
  it("has a line for each of 100,000 members, known or not", () => {
    const lines = axisLines(outline([], { "": group([], ["a"], 100_000) }));
    expect(lines).toHaveLength(100_001);
    expect(lines[70_000]!.member).toBeUndefined();
    expect(new Set(lines.map((line) => line.id)).size).toBe(100_001);
  });
});

describe("headers", () => {
  it("span the columns of their children", () => {
    const lines = axisLines(outline([A], { "": group([], ["a", "b"]), a: group(A, ["x", "y"]) }));
    const spans = headersOf(lines, ["m", "n"], 2)
      .filter((header) => header.kind !== "measure")
      .map(({ kind, line, top, bottom, start, end }) => [kind, line.member?.caption, top, bottom, start, end]);
    expect(spans).toEqual([
      ["total", undefined, 0, 2, 0, 2],
      ["member", "a", 0, 1, 2, 8],
      ["own", "a", 1, 2, 2, 4],
      ["member", "x", 1, 2, 4, 6],
      ["member", "y", 1, 2, 6, 8],
      ["member", "b", 0, 2, 8, 10],
    ]);
  });
  it("leave out an open column's own values where they are not wanted", () => {
    const lines = axisLines(outline([A], { "": group([], ["a", "b"]), a: group(A, ["x", "y"]) }));
    const hidesOwn = (line: Line) => line.expanded;
    const columns = columnsOf(lines, ["m"], hidesOwn).map(({ line }) => line.member?.caption);
    expect(columns).toEqual([undefined, "x", "y", "b"]);
    const parent = headersOf(lines, ["m"], 2, hidesOwn).find((header) => header.line.expanded);
    expect([parent?.start, parent?.end]).toEqual([1, 3]);
  });
  it("cover every place exactly once", () => {
    const lines = axisLines(outline([A], { "": group([], ["a", "b"]), a: group(A, ["x", "y"]) }));
    const covered = headersOf(lines, ["m"], 2).flatMap((header) =>
      Array.from({ length: (header.bottom - header.top) * (header.end - header.start) }, (_, at) => {
        const width = header.end - header.start;
        return `${header.top + Math.floor(at / width)}:${header.start + (at % width)}`;
      }),
    );
    expect(covered).toHaveLength(new Set(covered).size);
    expect(covered).toHaveLength(3 * 5);
  });
});

describe("the window", () => {
  it("begins with the row at its top", () => {
    expect(rowExtent(1000, 28, 28 * 10 + 5, 280)).toMatchObject({ height: 28_000, first: 10, shift: 5 });
  });
  it("reaches the last row of millions", () => {
    const count = 2_000_000;
    const extent = rowExtent(count, 28, 1e9, 280);
    expect(extent.height).toBeLessThan(33_000_000);
    expect(extent.last).toBe(count);
    expect(rowExtent(count, 28, rowScroll(1_234_567, count, 28, 280), 280).first).toBe(1_234_567);
  });
  it("shows the columns between two positions", () => {
    const edge = edges([100, 50, 50, 100]);
    expect(edge).toEqual([0, 100, 150, 200, 300]);
    const [first, last] = columnExtent(edge, 120, 60);
    expect(first).toBeLessThanOrEqual(1);
    expect(last).toBe(3);
  });
});

describe("the cursor", () => {
  const bounds = { rows: 10, columns: 4, headers: 2, page: 5 };
  it.each([
    ["ArrowUp", false, { row: 0, column: 1 }, { row: -1, column: 1 }],
    ["ArrowUp", false, { row: -2, column: 1 }, { row: -2, column: 1 }],
    ["End", true, { row: 0, column: 0 }, { row: 9, column: 3 }],
    ["Home", false, { row: 4, column: 3 }, { row: 4, column: -1 }],
    ["PageDown", false, { row: 7, column: 0 }, { row: 9, column: 0 }],
  ] as const)("goes by %s, ctrl %s, from %o", (key, ctrl, from, to) => {
    expect(moved(from, { key, ctrl }, bounds)).toEqual(to);
  });
  it("stays for other keys", () => {
    expect(moved({ row: 0, column: 0 }, { key: "x", ctrl: false }, bounds)).toBeNull();
  });
});
