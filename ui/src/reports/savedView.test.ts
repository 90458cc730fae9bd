import { describe, expect, it } from "vitest";
import type { ReportQuery } from "../api/reports";
import type { Cube } from "../api/types";
import { emptyView } from "../view/actions";
import { readSlug, viewFrom, writeAddress } from "../view/address";
import { parseMembers } from "./queryView";
import { viewOf, withoutParameters } from "./savedView";

const LEVELS = ["year", "quarter"].map((name, at) => ({ name: `time.${name}`, label: name, description: "", type: at ? "text" : "int64", depth: at + 1, unique: !at, has_captions: false }));
const HIERARCHY = { name: "time", label: "Time", description: "", attribute_of: null, levels: LEVELS };
const CUBE = { name: "sales", measures: [{ name: "sales" }], dimensions: [{ name: "time", label: "Time", hierarchies: [HIERARCHY] }] } as unknown as Cube;
const CUBES = new Map([["sales", CUBE]]);

describe("members in an address", () => {
  it.each([
    ["2017/Q1,2017/Q2", "time.quarter", [[2017, "Q1"], [2017, "Q2"]]],
    ["2017", "time.year", [[2017]]],
    ['2017/"a,""b""/c"', "time.quarter", [[2017, 'a,"b"/c']]],
    ["Q4", "~time.quarter", [["Q4"]]],
    ["null", "time.year", [[null]]],
  ])("are read by the types of their levels: %s", (text, level, wanted) => {
    expect(parseMembers(text, CUBE, level)).toEqual(wanted);
  });
});

describe("a saved report", () => {
  const view = { ...emptyView("sales"), rows: [{ levels: ["time.year"] }], measures: ["sales"] };
  const report = { name: "r", queries: {}, view, parameters: { year: { level: "time.year" } } };
  it("shows itself as it was saved", () => {
    expect(viewOf(report, CUBES, new URLSearchParams())).toEqual(view);
  });
  it("takes what an older page did not know as in an empty view", () => {
    const { totalOfShown: _, ...older } = view;
    expect(viewFrom(older)).toEqual(view);
  });
  it("is cut to what the address says of its parameters", () => {
    expect(viewOf(report, CUBES, new URLSearchParams("year=2017"))?.filters).toEqual([{ level: "time.year", members: [[2017]], exclude: false }]);
  });
  it("that a program made shows its first query", () => {
    const query = { cube: "sales", axes: { rows: ["time.year"] }, cut: [{ level: "time.quarter", members: [{ parameter: "q" }] }] };
    const made = { name: "m", queries: { one: query }, parameters: { q: { level: "time.quarter", default: "2017/Q1" } } };
    expect(viewOf(made, CUBES, new URLSearchParams())).toEqual({ ...view, filters: [{ level: "time.quarter", members: [[2017, "Q1"]], exclude: false }] });
  });
  it("keeps conditions, tops, ranges, orders and definitions of a program's query", () => {
    const rows = [{ level: "time.year", order: { by: "sales", desc: true }, having: "sales > 1", top: { n: 3, by: "sales", within: "axis" } }];
    const cut = [{ level: "time.quarter", ranges: [{ from: { parameter: "q" } }] }];
    const query = { cube: "sales", measures: ["half"], axes: { rows }, cut, with: { measures: { half: { formula: "sales / 2", label: "Half" } } } };
    const made = { name: "m", queries: { one: query }, parameters: { q: { level: "time.quarter", default: "2017/Q1" } } };
    const found = viewOf(made, CUBES, new URLSearchParams("q=2017/Q2"));
    expect(found).toMatchObject({
      filters: [{ level: "time.quarter", members: [], ranges: [{ from: [2017, "Q2"] }] }],
      levels: { "time.year": { having: "sales > 1", top: { n: 3, by: "sales", within: "axis", bottom: false } } },
      sort: { by: "sales", desc: true, at: [] },
      defined: { half: { formula: "sales / 2", label: { en: "Half" } } },
    });
  });
  it.each([{ except: [{ level: "time.year", members: [2017] }] }, { cut: [{ level: "time.year", members: [2017], by: "value" }] }, { with: { attributes: {} } }])(
    "that asks for what this page does not know is not shown as something else: %o",
    (part) => {
      const query = { cube: "sales", axes: { rows: ["time.year"] }, ...part } as unknown as ReportQuery;
      expect(viewOf({ name: "m", queries: { one: query } }, CUBES, new URLSearchParams())).toBeNull();
    },
  );
  it("is not changed by who chooses other parameters", () => {
    const chosen = { ...view, filters: [{ level: "time.year", members: [[2018]], exclude: false }] };
    expect(withoutParameters(chosen, report.parameters)).toEqual(withoutParameters(view, report.parameters));
  });
  it("of a cube that is not there has no view", () => {
    expect(viewOf({ ...report, view: emptyView("other") }, CUBES, new URLSearchParams())).toBeNull();
  });
  it("is named by the address, with the view where that is another", () => {
    expect(writeAddress(view, { slug: "r", view })).toBe("report=r");
    const changed = writeAddress({ ...view, nonempty: false }, { slug: "r", view });
    expect([readSlug(`#${changed}`), changed.startsWith("report=r&cube=sales")]).toEqual(["r", true]);
  });
});
