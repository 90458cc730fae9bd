import { describe, expect, it } from "vitest";
import type { Cube } from "../api/types";
import { complete, completions } from "./completion";

const cube = {
  measures: [
    { name: "sales", label: "Sales" },
    { name: "households", label: "Households" },
  ],
  dimensions: [{ name: "product", label: "Product", hierarchies: [{ levels: [{ name: "product.category", label: "Category" }] }] }],
} as unknown as Cube;

describe("a formula", () => {
  it("goes on with the names that begin as the word before the cursor", () => {
    expect(completions(cube, "2 * sa", 6).map(({ name }) => name)).toEqual(["sales"]);
    expect(completions(cube, "(sales, product.c", 17).map(({ name }) => name)).toEqual(["product.category"]);
    expect(completions(cube, "sales / ", 8)).toEqual([]);
  });
  it("finds names by their labels", () => {
    expect(completions(cube, "categ", 5).map(({ name }) => name)).toContain("product.category");
  });
  it("takes a name in place of the word", () => {
    expect(complete("2 * sa + 1", 6, "sales")).toEqual(["2 * sales + 1", 9]);
  });
});
