// The query on the screen for other programs. Pure, but for the address of the page.

import type { Question } from "../api/types";
import type { Model } from "../grid/model";

/** The whole table down to the deepest levels that are open, with subtotals, as one question. */
export function flatQuestion(model: Model, snapshot: string | null): Question {
  const { view, questions } = model;
  const depth = Math.max(0, ...view.open.rows.map((path) => path.length));
  const across = Math.max(0, ...view.open.columns.map((path) => path.length));
  const rows = questions.rowLevels.length > 0 ? questions.rowsTo(depth) : questions.rows([], 0);
  const levels = questions.columnLevels.slice(0, across + 1);
  const columns = levels.map((level, at) => (at < across ? { level, subtotals: true } : { level }));
  return { ...rows, axes: { rows: rows.axes.rows, columns }, ...(snapshot ? { as_of: snapshot } : {}) };
}

function address(cube: string): string {
  return new URL(`api/v1/cubes/${cube}/query`, location.href.replace(/#.*/, "")).href;
}

export function asCurl(cube: string, question: Question): string {
  const body = JSON.stringify(question).replaceAll("'", "'\"'\"'");
  return `curl -H 'Content-Type: application/json' -d '${body}' '${address(cube)}?format=csv'`;
}

export function asPython(cube: string, question: Question): string {
  return [
    "import io, json, urllib.request",
    "import polars as pl",
    "",
    `question = json.loads(r'''${JSON.stringify(question)}''')`,
    "request = urllib.request.Request(",
    `    "${address(cube)}?format=arrow",`,
    "    data=json.dumps(question).encode(),",
    '    headers={"Content-Type": "application/json"},',
    ")",
    "frame = pl.read_ipc_stream(io.BytesIO(urllib.request.urlopen(request).read()))",
    "",
  ].join("\n");
}
