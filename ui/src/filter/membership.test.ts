import { describe, expect, it } from "vitest";
import { canBeWritten, membership } from "./membership";

describe("a list of members as a condition", () => {
  it("names each by its whole path", () => {
    const paths = [["MEAT", "BEEF"], ["DELI", 'A "B"']];
    expect(membership("p.c", paths)).toBe('p.c = p.c["MEAT", "BEEF"] or p.c = p.c["DELI", "A \\"B\\""]');
  });
  it("is none of what has no key, nor of nothing", () => {
    expect([canBeWritten([["a", 1]]), canBeWritten([[null]]), canBeWritten([[{ unknown: true }]]), canBeWritten([])]).toEqual([true, false, false, false]);
  });
});
