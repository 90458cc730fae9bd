import { describe, expect, it } from "vitest";
import { emptyView } from "../view/actions";
import { goesAlong, shownDefinitions, shownName, WAYS } from "./showAs";

const view = { ...emptyView("sales"), measures: ["sales", "baskets"], formats: { sales: { showAs: "growth" as const } } };

describe("a measure shown as something else", () => {
  it("is a measure of its own that the server evaluates", () => {
    expect(shownName(view, "sales")).toBe("sales__growth");
    expect(shownDefinitions(view, "day")).toEqual({
      sales__growth: { formula: "sales / (sales, day.lag(1)) - 1", format: "+0.0%" },
    });
  });
  it("stays itself where it is shown as its value", () => {
    expect(shownName(view, "baskets")).toBe("baskets");
  });
  it.each(Object.keys(WAYS))("has a name that the server takes: %s", (showAs) => {
    expect(showAs).toMatch(/^[a-z_]+$/);
  });
  it("tells which axis it goes along", () => {
    const ranked = { ...view, formats: { sales: { showAs: "rank" as const } } };
    expect([goesAlong(view, "rows"), goesAlong(ranked, "rows"), goesAlong(ranked, "columns")]).toEqual([false, true, false]);
  });
});
