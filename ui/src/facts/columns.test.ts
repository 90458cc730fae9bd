import { describe, expect, it } from "vitest";
import { shown, written } from "./columns";

const words = { blank: "(blank)", unknown: "(unknown)" };

function write(type: string, value: string | number | boolean | null): string {
  const column = { name: "part", label: "Part", type };
  return written(shown({ part: value }, column), column, "en-US", words);
}

describe("values of facts", () => {
  it.each([
    ["decimal(2)", 1234.5, "1,234.50"],
    ["decimal(2)", -0.5, "-0.50"],
    ["decimal(0)", 1234, "1,234"],
    ["float", 1234.56789, "1,234.5679"],
    ["int", 31198520221, "31198520221"],
    ["timestamp", "2017-01-01T10:02:12", "2017-01-01 10:02:12"],
    ["date", "2017-01-01", "2017-01-01"],
    ["text", "10T", "10T"],
    ["text", "", "(blank)"],
    ["decimal(2)", null, "(blank)"],
  ])("of %s are written: %s", (type, value, text) => {
    expect(write(type, value)).toBe(text);
  });

  it("are captions where members have them", () => {
    const column = { name: "region.store", label: "Store", type: "int" };
    const fact = { "region.store": 324, "region.store.caption": "Store 324" };
    expect(written(shown(fact, column), column, "en-US", words)).toBe("Store 324");
  });
});
