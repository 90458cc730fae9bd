// Opening all rows to a level with one question, parted into the answers that the groups would have asked for.

import type { Answer, Question } from "../api/types";
import type { Model } from "../grid/model";
import { splitByParent, totalsOf } from "../query/answers";
import { PAGE } from "../query/questions";
import type { Store } from "../query/store";
import { follows, type Path } from "../view/view";

/** More rows than this are not opened without asking. */
export const MANY_ROWS = 5_000;

export async function countRows(store: Store, model: Model, depth: number): Promise<number> {
  const answer = await store.ask(model.questions.countTo(depth), new AbortController().signal);
  return answer.axes.rows.total;
}

/** How many rows the children of all members of a group are. */
export async function countBelow(store: Store, model: Model, parent: Path): Promise<number> {
  const question = model.questions.below(parent);
  const asked = { ...question, axes: { rows: question.axes.rows, columns: [] }, limit: 0 };
  return (await store.ask(asked, new AbortController().signal)).axes.rows.total;
}

/** Ask once; file each group; give the paths that are then open. */
export function openTo(store: Store, model: Model, depth: number): Promise<readonly Path[]> {
  return openBy(store, model, model.questions.rowsTo(depth), []);
}

/** Open all members of a group, as `openTo` opens a level. */
export function openBelow(store: Store, model: Model, parent: Path): Promise<readonly Path[]> {
  return openBy(store, model, model.questions.below(parent), parent);
}

async function openBy(store: Store, model: Model, question: Question, above: Path): Promise<readonly Path[]> {
  const { questions } = model;
  const answer = await store.ask(question, new AbortController().signal);
  const parts = splitByParent(answer).map(({ parents, answer: part }) => ({
    path: [...above, ...parents.map((member, at) => ({ level: questions.rowLevels[above.length + at]!, key: member.key ?? [] }))],
    part,
  }));
  store.file(parts.flatMap(({ path, part }) => pages(part).map((page, at) => [questions.rows(path, at), page] as const)));
  return parts.map(({ path }) => path).filter((path) => path.length > 0 && follows(path, questions.rowLevels));
}

/** An answer as the pages that a group asks for; totals stand on the first. */
function pages(answer: Answer): readonly Answer[] {
  const { tuples, shown = [] } = answer.axes.rows;
  const shift = totalsOf(answer.axes.rows);
  const total = tuples.length;
  const count = Math.max(1, Math.ceil((total - shift) / PAGE));
  return Array.from({ length: count }, (_, page) => {
    const start = page === 0 ? 0 : page * PAGE + shift;
    const end = (page + 1) * PAGE + shift;
    const cells = Object.fromEntries(Object.entries(answer.cells).map(([name, rows]) => [name, rows.slice(start, end)]));
    const rows = { tuples: tuples.slice(start, end), shown: page === 0 ? shown : [], total, offset: start };
    return { ...answer, axes: { ...answer.axes, rows }, cells };
  });
}
