// Opening all rows to a level with one question, parted into the answers that the groups would have asked for.

import type { Answer, Question } from "../api/types";
import { groupId, type Model } from "../grid/model";
import { splitByParent, totalsOf, type Part } from "../query/answers";
import { PAGE } from "../query/questions";
import type { Store } from "../query/store";
import { follows, levelBehind, pathId, type Path } from "../view/view";

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
  const levels = questions.rowLevels.slice(levelBehind(above));
  const parts = splitByParent(answer).map(({ parents, at, answer: part }) => {
    const path = [...above, ...stepsOf(parents, levels)];
    const child = { level: levels[at], past: levels.slice((parents.at(-1)?.at ?? -1) + 1, at) };
    return { path, child, part };
  });
  const paths = new Map(parts.map(({ path }) => [pathId(path), path]));
  const filed = parts.flatMap(({ path, child, part }) => pages(part).map((page, at) => [questions.rows(path, at, child), page] as const));
  const known = new Set(parts.map(({ path, child }) => groupId(path, child)));
  const asked = new Set(levels.slice(0, question.axes.rows.length));
  const groups = [...paths.values()].flatMap((path) => questions.children("rows", path).map((child) => ({ path, child })));
  const empty = groups.filter(({ path, child }) => asked.has(child.level ?? "") && !known.has(groupId(path, child)));
  store.file([...filed, ...empty.map(({ path, child }) => [questions.rows(path, 0, child), without(answer)] as const)]);
  return [...paths.values()].filter((path) => path.length > 0 && follows(path, questions.rowLevels));
}

/** An answer without rows: in a ragged hierarchy a member may have none of the next level. */
function without(answer: Answer): Answer {
  return { ...answer, axes: { ...answer.axes, rows: { tuples: [], total: 0, offset: 0 } }, cells: {} };
}

/** The steps down to a member; the levels between two of them are those at which a ragged hierarchy has none. */
function stepsOf(parents: Part["parents"], levels: readonly string[]): Path {
  return parents.map(({ member, at }, place) => {
    const past = levels.slice((parents[place - 1]?.at ?? -1) + 1, at);
    return { level: levels[at]!, key: member.key ?? [], ...(past.length > 0 ? { past } : {}) };
  });
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
