import { describe, expect, it } from "vitest";
import { act, emptyView } from "./actions";
import { readView, writeView } from "./address";
import { begin, move } from "./history";
import type { Path, View } from "./view";

const MEAT: Path = [{ level: "product.department", key: ["MEAT"] }];
const view: View = {
  ...emptyView("sales"),
  rows: [{ levels: ["product.department", "product.category"] }],
  columns: [{ levels: ["time.quarter"] }],
  measures: ["sales"],
};

describe("fields", () => {
  it("leave the axis they come from", () => {
    const placed = act(view, { do: "place", field: { levels: ["product.category"] }, shelf: "columns" });
    expect(placed.rows).toEqual([{ levels: ["product.department"] }]);
    expect(placed.columns.map((field) => field.levels)).toEqual([["time.quarter"], ["product.category"]]);
  });
  it("take the place before another", () => {
    const placed = act(view, { do: "place", field: { levels: ["customer.age"] }, shelf: "columns", before: "time.quarter" });
    expect(placed.columns.map((field) => field.levels[0])).toEqual(["customer.age", "time.quarter"]);
  });
  it("take along what was open below them, and nothing else", () => {
    const open = act(view, { do: "toggle", axis: "rows", path: MEAT });
    expect(act(open, { do: "placeMeasure", measure: "lines" }).open.rows).toEqual([MEAT]);
    expect(act(open, { do: "swap" }).open.columns).toEqual([MEAT]);
    expect(act(open, { do: "remove", shelf: "rows", id: "product.department" }).open.rows).toEqual([]);
  });
});

describe("filters", () => {
  it("exclude one member more each time", () => {
    const once = act(view, { do: "keep", path: MEAT, exclude: true });
    const twice = act(once, { do: "keep", path: [{ level: "product.department", key: ["DELI"] }], exclude: true });
    expect(twice.filters).toEqual([{ level: "product.department", members: [["MEAT"], ["DELI"]], exclude: true }]);
  });
});

describe("an address", () => {
  it("gives the same view back", () => {
    const changed = act(act(view, { do: "toggle", axis: "rows", path: MEAT }), {
      do: "sort",
      sort: { by: "sales", desc: true, at: [{ level: "time.quarter", key: [2017, "Q1"] }] },
    });
    expect(readView(`#${writeView(changed)}`)).toEqual(changed);
  });
  it("keeps null, unknown and odd keys apart", () => {
    const members = [[null], [{ unknown: true as const }], ['a"&=#/ %'], ["비어"]];
    const filtered = act(view, { do: "filter", filter: { level: "product.department", members, exclude: false } });
    expect(readView(writeView(filtered))).toEqual(filtered);
  });
  it.each(["", "#", "#rows=[]", "#cube=sales&rows={", "#cube=sales&rows=3"])("is refused when it is none: %s", (text) => {
    expect(readView(text)).toBeNull();
  });
});

describe("history", () => {
  it("goes back and forth", () => {
    const moved = move(begin(view), { do: "swap" });
    const undone = move(moved, { do: "undo" });
    expect(undone.now).toEqual(view);
    expect(move(undone, { do: "redo" }).now).toEqual(moved.now);
  });
  it("forgets what was undone when something new is done", () => {
    const undone = move(move(begin(view), { do: "swap" }), { do: "undo" });
    expect(move(undone, { do: "toggle", axis: "rows", path: MEAT }).future).toEqual([]);
  });
  it("does not keep what changes nothing, or a width", () => {
    expect(move(begin(view), { do: "sort", sort: null }).past).toEqual([]);
    expect(move(begin(view), { do: "width", id: "sales", width: 90 }).past).toEqual([]);
  });
});
