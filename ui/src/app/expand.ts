// Opening all rows to a level with one question, parted into the answers that the groups would have asked for.

import type { Answer } from "../api/types";
import type { Model } from "../grid/model";
import { splitByParent } from "../query/answers";
import { PAGE } from "../query/questions";
import type { Store } from "../query/store";
import { follows, type Path } from "../view/view";

export async function countRows(store: Store, model: Model, depth: number): Promise<number> {
  const answer = await store.ask(model.questions.countTo(depth), new AbortController().signal);
  return answer.axes.rows.total;
}

/** Ask once; file each group; give the paths that are then open. */
export async function openTo(store: Store, model: Model, depth: number): Promise<readonly Path[]> {
  const { questions } = model;
  const answer = await store.ask(questions.rowsTo(depth), new AbortController().signal);
  const parts = splitByParent(answer).map(({ parents, answer: part }) => ({
    path: parents.map((member, at) => ({ level: questions.rowLevels[at]!, key: member.key })),
    part,
  }));
  store.file(parts.flatMap(({ path, part }) => pages(part).map((page, at) => [questions.rows(path, at), page] as const)));
  return parts.map(({ path }) => path).filter((path) => path.length > 0 && follows(path, questions.rowLevels));
}

/** An answer as the pages that a group asks for; the total row stands on the first. */
function pages(answer: Answer): readonly Answer[] {
  const { tuples } = answer.axes.rows;
  const hasTotal = tuples[0]?.[0] === null;
  const shift = hasTotal ? 1 : 0;
  const total = tuples.length;
  const count = Math.max(1, Math.ceil((total - shift) / PAGE));
  return Array.from({ length: count }, (_, page) => {
    const start = page === 0 ? 0 : page * PAGE + shift;
    const end = (page + 1) * PAGE + shift;
    const cells = Object.fromEntries(Object.entries(answer.cells).map(([name, rows]) => [name, rows.slice(start, end)]));
    const rows = { tuples: tuples.slice(start, end), total, offset: start };
    return { ...answer, axes: { ...answer.axes, rows }, cells };
  });
}
