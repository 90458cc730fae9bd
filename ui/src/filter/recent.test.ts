import { describe, expect, it } from "vitest";
import { recentMembers, YEAR } from "./recent";

const months = [[2016, "Q4", "2016-12"], [2017, "Q1", "2017-01"], [2017, "Q1", "2017-02"], [null, null, null]] as const;

describe("the last periods", () => {
  it("are those with data, without what has no date", () => {
    expect(recentMembers(months, 2)).toEqual([months[1], months[2]]);
    expect(recentMembers(months, 9)).toEqual([months[0], months[1], months[2]]);
  });
  it("reach back to the beginning of the last year", () => {
    expect(recentMembers(months, YEAR)).toEqual([months[1], months[2]]);
  });
});
