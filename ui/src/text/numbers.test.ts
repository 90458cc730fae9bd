import { describe, expect, it } from "vitest";
import { spreadsheetFormat, writer } from "./numbers";

describe("numbers", () => {
  it.each([
    ["#,##0.00", 1234.5, "1,234.50"],
    ["#,##0", 1234.5, "1,235"],
    ["0.0%", 0.1234, "12.3%"],
    ["#,##0.##", 2, "2"],
    ["#,##0.00", -3, "-3.00"],
    ["#,##0", 0, "0"],
    ["+0.0%;-0.0%", 0.051, "+5.1%"],
    ["+0.0%;-0.0%", -0.051, "-5.1%"],
  ])("are written as %s: %d", (format, value, text) => {
    expect(writer("en-US", format)(value)).toBe(text);
  });
  it("are scaled as wished", () => {
    expect(writer("en-US", "#,##0.00", { scale: "thousand" })(1_234_567)).toBe("1,234.6K");
    expect(writer("ko-KR", "#,##0", { scale: "tenThousand" })(123_456)).toBe("12.3만");
    expect(writer("en-US", "#,##0.00", { decimals: 0 })(9.5)).toBe("10");
  });
});

describe("formats of spreadsheets", () => {
  it.each([
    ["#,##0.00", {}, "#,##0.00"],
    ["#,##0.00", { decimals: 0 }, "#,##0"],
    ["#,##0", { scale: "thousand" }, '#,##0.0,"K"'],
    ["#,##0.##", { scale: "million", decimals: 2 }, '#,##0.00,,"M"'],
    ["+0.0%;-0.0%", { decimals: 2 }, "+0.00%;-0.00%"],
    ["#,##0", { scale: "tenThousand" }, "#,##0"],
  ] as const)("%s shown as %o is %s", (format, wish, wanted) => {
    expect(spreadsheetFormat(format, wish)).toBe(wanted);
  });
});
