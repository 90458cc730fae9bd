// Saving the table as it is seen.

import type { Cube } from "../api/types";
import { csvOf } from "../export/csv";
import { sheetOf, type SheetNames } from "../export/sheet";
import { MOST_CELLS, wholeModel } from "../export/whole";
import { workbookOf } from "../export/xlsx";
import type { Model } from "../grid/model";
import type { Store } from "../query/store";
import type { Words } from "../text/en";
import { Table } from "./table";

interface Wish {
  readonly format: "csv" | "xlsx";
  readonly store: Store;
  readonly make: () => Model;
  readonly cube: Cube;
  readonly locale: string;
  readonly names: SheetNames;
  readonly words: Words;
}

export async function download({ format, store, make, cube, locale, names, words }: Wish): Promise<void> {
  const seen = make();
  const cells = seen.rows.length * seen.columns.length;
  if (cells > MOST_CELLS) throw new Error(words.tooManyCells(new Intl.NumberFormat(locale).format(cells)));
  const model = await wholeModel(store, make);
  const sheet = sheetOf(new Table(model, cube, locale), cube, names);
  const about = [
    [words.cube, cube.label],
    [words.snapshot, model.meta?.snapshot ?? ""],
    [words.dataTo, model.meta?.data_date ?? ""],
    [words.snippets.link, location.href],
  ] as const;
  const csv = () => new Blob([csvOf(sheet)], { type: "text/csv;charset=utf-8" });
  save(format === "csv" ? csv() : workbookOf(sheet, cube.label, about), `${cube.name}.${format}`);
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
