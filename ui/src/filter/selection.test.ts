import { describe, expect, it } from "vitest";
import { checkOf, depths, selectionOf, toggled } from "./selection";

const childrenOf = (path: readonly unknown[]) => ["x", "y", "z"].map((name) => [...(path as string[]), name]);

describe("a selection", () => {
  it("marks what is chosen, what lies below, and what lies partly above", () => {
    const chosen = selectionOf([["a"], ["b", "x"]]);
    expect(checkOf(chosen, ["a"])).toBe("on");
    expect(checkOf(chosen, ["a", "y"])).toBe("on");
    expect(checkOf(chosen, ["b"])).toBe("some");
    expect(checkOf(chosen, ["b", "y"])).toBe("off");
  });
  it("keeps the siblings of a child that leaves", () => {
    const left = toggled(selectionOf([["a"]]), ["a", "y"], childrenOf);
    expect([...left.values()]).toEqual([["a", "x"], ["a", "z"]]);
  });
  it("replaces children by their parent", () => {
    const chosen = toggled(selectionOf([["a", "x"], ["b"]]), ["a"], childrenOf);
    expect([...chosen.values()]).toEqual([["b"], ["a"]]);
    expect(depths(chosen)).toEqual([1]);
  });
  it("does not take one member for another of the same name", () => {
    const chosen = selectionOf([["a", "x"]]);
    expect(checkOf(chosen, ["b", "x"])).toBe("off");
    expect(checkOf(selectionOf([[1]]), ["1"])).toBe("off");
    expect(checkOf(selectionOf([[null]]), ["null"])).toBe("off");
  });
});
