import { describe, expect, it } from "vitest";
import { csvOf } from "./csv";
import type { Sheet } from "./sheet";
import { letters, workbookOf } from "./xlsx";
import { crc32 } from "./zip";

const plain = { format: "", bold: false, indent: 0 };
const sheet: Sheet = {
  heads: 1,
  labels: 1,
  rows: [
    [{ ...plain, value: "A, B" }, { ...plain, value: "=1+1" }],
    [{ ...plain, value: 'x"y' }, { ...plain, value: 0.1, format: "0.0%" }],
    [{ ...plain, value: "" }, { ...plain, value: null }],
  ],
};

describe("files", () => {
  it("are CSV by RFC 4180, without formulas", () => {
    expect(csvOf(sheet)).toBe('\uFEFF"A, B",\'=1+1\r\n"x""y",0.1\r\n,\r\n');
  });
  it("have the checksum that everybody has", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });
  it("name columns as spreadsheets do", () => {
    expect([0, 25, 26, 701, 702].map(letters)).toEqual(["A", "Z", "AA", "ZZ", "AAA"]);
  });
  it("keep numbers as numbers with their format", async () => {
    const text = await workbookOf(sheet, "Sales", [["a", "b"]]).text();
    expect(text).toContain("<v>0.1</v>");
    expect(text).toContain('formatCode="0.0%"');
    expect(text.startsWith("PK")).toBe(true);
  });
});
