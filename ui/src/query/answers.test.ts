import { describe, expect, it } from "vitest";
import type { Answer, Key, Member } from "../api/types";
import { memberId } from "../api/keys";
import { ALL, Block, splitByParent } from "./answers";
import { Questions } from "./questions";
import { emptyView } from "../view/actions";

const META = { snapshot: "1", data_date: null, total_rows: 0, truncated: false, source: "scan", milliseconds: 1 };

function member(...key: readonly string[]): Member {
  return { key, caption: key.at(-1)! };
}

const NESTED: Answer = {
  axes: {
    rows: {
      tuples: [
        [null, null],
        [member("a"), null],
        [member("a"), member("a", "x")],
        [member("a"), member("a", "y")],
        [member("b"), null],
        [member("b"), member("b", "x")],
      ],
      total: 6,
      offset: 0,
    },
    columns: { tuples: [[null], [member("q")]], total: 2, offset: 0 },
  },
  cells: { m: [[15, 1], [10, 2], [4, null], [6, 0], [5, 5], [5, 6]] },
  meta: META,
};

describe("an answer over two levels", () => {
  const parts = new Map(splitByParent(NESTED).map(({ parents, answer }) => [parents.map((each) => each.member.caption).join(), answer]));
  it("parts into one for each parent, each with its total", () => {
    expect([...parts.keys()]).toEqual(["", "a", "b"]);
    const top = new Block(parts.get("")!);
    expect(top.rows.map((each) => each.caption)).toEqual(["a", "b"]);
    expect(top.value("m", ALL, ALL)).toBe(15);
    const below = new Block(parts.get("a")!);
    expect(below.rowCount).toBe(2);
    expect(below.value("m", ALL, ALL)).toBe(10);
    expect(below.value("m", memberId(["a", "y"]), memberId(["q"]))).toBe(0);
    expect(below.value("m", memberId(["a", "x"]), memberId(["q"]))).toBeNull();
  });
  it("gives the values that a colour scale goes by, without totals", () => {
    expect([...new Block(parts.get("a")!).values("m")]).toEqual([0]);
  });
});

describe("an answer over a ragged hierarchy", () => {
  const usa = { ...member("usa") };
  const hidden = member("usa", "usa");
  const tuples = [[usa, null, null], [usa, member("usa", "ca"), null], [usa, member("usa", "ca"), member("usa", "ca", "la")], [usa, hidden, member("usa", "usa", "dc")]];
  const rows = { tuples, total: 4, offset: 0 };
  const answer: Answer = { axes: { rows, columns: { tuples: [[null]], total: 1, offset: 0 } }, cells: { m: [[9], [5], [5], [4]] }, meta: META };
  it("puts what is below a member without a row of its own under the one above", () => {
    const parts = splitByParent(answer).map(({ parents, at, answer: part }) => [
      parents.map((each) => `${each.member.caption} ${each.at}`).join(),
      at,
      new Block(part).rows.map((each) => each.caption).join(),
    ]);
    expect(parts).toEqual([
      ["", 0, "usa"],
      ["usa 0", 1, "ca"],
      ["usa 0,ca 1", 2, "la"],
      ["usa 0", 2, "dc"],
    ]);
  });
});

describe("questions", () => {
  const view = {
    ...emptyView("sales"),
    rows: [{ levels: ["p.one", "p.two"] }, { levels: ["c.age"] }],
    columns: [{ levels: ["t.quarter", "t.month"] }],
    measures: ["sales"],
    sort: { by: "sales", desc: true, at: [{ level: "t.quarter", key: [2017, "Q1"] }] },
  };
  const questions = new Questions(view, (level) => level.split(".")[0]!, "t");
  const path = [
    { level: "p.one", key: ["a"] },
    { level: "p.two", key: ["a", "x"] },
  ];
  it("cut to the deepest member of each hierarchy", () => {
    expect(questions.rows(path, 0)).toMatchObject({
      cut: [{ level: "p.two", members: [["a", "x"]], axis: "rows" }],
      axes: { rows: [{ level: "c.age" }], columns: [{ level: "t.quarter" }] },
      limit: 201,
      offset: 0,
    });
  });
  it("leave the total row out of later pages' count", () => {
    expect(questions.rows([], 2)).toMatchObject({ limit: 200, offset: 401 });
  });
  it("sort at a column by a measure of their own", () => {
    const asked = questions.rows([], 0);
    expect(Object.values(asked.with!.measures!)).toEqual([{ formula: '(sales, t.quarter[2017, "Q1"])' }]);
    expect(asked.axes.rows[0]!.order).toEqual({ by: Object.keys(asked.with!.measures!)[0], desc: true });
  });
  it("write unknown, null and quoted keys of a column that sorts as formulas do", () => {
    const keys: readonly Key[] = [{ unknown: true }, null, '19" disc'];
    const formulas = keys.map((key) => {
      const sorted = { ...view, sort: { by: "sales", desc: true, at: [{ level: "t.quarter", key: [key] }] } };
      const asking = new Questions(sorted, (level) => level.split(".")[0]!, "t", () => false);
      return Object.values(asking.rows([], 0).with!.measures!).map((measure) => measure.formula);
    });
    expect(formulas).toEqual([["(sales, t.quarter[unknown()])"], ["(sales, t.quarter[null])"], ['(sales, t.quarter["19"" disc"])']]);
  });
  it("ask for what stands under a member further up, where a level hides members", () => {
    const ragged = { ...emptyView("sales"), rows: [{ levels: ["p.country", "p.state", "p.city"] }], measures: ["sales"] };
    const asking = new Questions(ragged, (level) => level.split(".")[0]!, "t", (level) => level === "p.state");
    const usa = [{ level: "p.country", key: ["USA"] }];
    const children = asking.children("rows", usa);
    expect(children).toEqual([
      { level: "p.state", past: [] },
      { level: "p.city", past: ["p.state"] },
    ]);
    expect(asking.rows(usa, 0, children[1]).axes.rows).toEqual([{ level: "p.city", past: ["p.state"] }]);
    expect(asking.children("rows", [...usa, { level: "p.city", key: ["USA", "USA", "Washington"], past: ["p.state"] }])).toEqual([
      { level: undefined, past: [] },
    ]);
  });
  it("choose columns by the total row, and name calculated members", () => {
    const wish = { members: [[2017, "Q1"], [2017, "Q2"], { calculated: "rise" }] };
    const named = { ...view, sort: null, levels: { "t.quarter": wish }, filters: [{ level: "t.quarter", members: [[2017, "Q2"]], exclude: false }] };
    const asking = new Questions(named, (level) => level.split(".")[0]!, "t");
    expect(asking.rows([], 0).axes.columns).toEqual([{ level: "t.quarter", members: [[2017, "Q2"], { calculated: "rise" }] }]);
    expect([asking.opens("columns", "t.quarter"), questions.opens("columns", "t.quarter")]).toEqual([false, true]);
    const having = new Questions({ ...view, levels: { "t.quarter": { having: "sales > 1" } } }, (level) => level.split(".")[0]!, "t");
    expect(having.rows([], 0).axes.columns[0]).toMatchObject({ having: "(if(sales > 1, 1, 0), rows.all) = 1" });
  });
});
