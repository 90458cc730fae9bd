// The whole table of a view: every page of every group that is open, asked for where it is not here yet.

import type { Model } from "../grid/model";
import type { Store } from "../query/store";

/** The most cells that are written as they are seen; beyond, flat data is the better file. */
export const MOST_CELLS = 1_000_000;

export async function wholeModel(store: Store, make: () => Model): Promise<Model> {
  for (;;) {
    const model = make();
    const missing = model.wanted(0, model.rows.length, model.columns).filter((question) => !store.get(question));
    if (missing.length === 0) return model;
    for (const question of missing) store.file([[question, await store.ask(question, new AbortController().signal)]]);
  }
}
