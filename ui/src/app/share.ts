// The query on the screen for other programs. Pure, but for the address of the page.

import { addressOf } from "../api/client";
import type { SavedReport } from "../api/reports";
import type { Cube, Cut, Key, Question } from "../api/types";
import type { Model } from "../grid/model";
import { filterCuts } from "../query/questions";
import { shownName } from "../query/showAs";
import { levelBehind } from "../view/view";

/** The whole table down to the deepest levels that are open, with subtotals, as one question. */
export function flatQuestion(model: Model, snapshot: string | null): Question {
  const { view, questions } = model;
  const depth = Math.max(0, ...view.open.rows.map(levelBehind));
  const across = Math.max(0, ...view.open.columns.map(levelBehind));
  const rows = questions.rowLevels.length > 0 ? questions.rowsTo(depth) : questions.rows([], 0);
  const columns = questions.columnsTo(across);
  const measures = view.measures.map((measure) => shownName(view, measure));
  return { ...rows, measures, axes: { rows: rows.axes.rows, columns }, ...(snapshot ? { as_of: snapshot } : {}) };
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

export type SnippetId = "report" | "link" | "powerQuery" | "webservice" | "google" | "libreOffice" | "python" | "curl" | "query";

export interface Snippet {
  readonly id: SnippetId;
  readonly text: string;
}

/** The longest text that a formula of Excel may hold in one piece. */
const PIECE = 250;

/** The query on the screen as other programs ask it. */
export function snippets(cube: Cube, model: Model, snapshot: string | null): readonly Snippet[] {
  const fresh = flatQuestion(model, null);
  const csv = new URL(addressOf(cube.name, "query", fresh, "csv", {}, false), location.href.replace(/#.*/, "")).href;
  const cell = cellAddress(cube, model);
  return [
    { id: "link", text: location.href },
    { id: "powerQuery", text: powerQuery(csv) },
    ...(cell ? [{ id: "webservice", text: `=WEBSERVICE(${inPieces(cell, "&")})` } as const] : []),
    { id: "google", text: `=IMPORTDATA("${csv}")` },
    { id: "libreOffice", text: csv },
    { id: "python", text: asPython(cube.name, flatQuestion(model, snapshot)) },
    { id: "curl", text: asCurl(cube.name, fresh) },
    { id: "query", text: JSON.stringify(fresh, null, 2) },
  ];
}

/** A saved report for spreadsheets and browsers that have no key: the token opens it, and nothing else. */
export function handedOut({ slug, report }: SavedReport, token: string): readonly Snippet[] {
  const names = Object.keys(report.queries);
  const first = names.includes("table") ? "table" : (names[0] ?? "");
  const address = (suffix: string, query: Readonly<Record<string, string>>) =>
    new URL(`r/${slug}${suffix}?${new URLSearchParams({ ...query, token })}`, location.href.replace(/#.*/, "")).href;
  const csv = address(".csv", { query: first });
  return [
    { id: "report", text: address("", { query: first }) },
    { id: "powerQuery", text: powerQuery(csv) },
    { id: "google", text: `=IMPORTDATA("${csv}")` },
    { id: "libreOffice", text: csv },
  ];
}

function powerQuery(csv: string): string {
  return [
    "let",
    `    Source = Csv.Document(Web.Contents("${csv}"),`,
    "        [Delimiter = \",\", Encoding = 65001]),",
    "    Table = Table.PromoteHeaders(Source)",
    "in",
    "    Table",
  ].join("\n");
}

function inPieces(text: string, joint: string): string {
  const pieces = text.match(new RegExp(`.{1,${PIECE}}`, "g")) ?? [];
  return pieces.map((piece) => `"${piece}"`).join(joint);
}

/** The address of the grand total of the first measure that the model has, within the view's filters. */
function cellAddress(cube: Cube, model: Model): string | null {
  const { view } = model;
  const measure = view.measures.find((name) => !(name in view.defined));
  if (!measure || Object.keys(view.sets).length > 0 || view.filters.some(({ ranges }) => ranges)) return null;
  const cut = filterCuts(view.filters).map(writeCut).join(";");
  const query = new URLSearchParams({ measure, ...(cut ? { cut } : {}) });
  return new URL(`api/v1/cubes/${cube.name}/cell?${query}`, location.href.replace(/#.*/, "")).href;
}

/** A cut in the short form: keys joined by `/`, texts quoted, as docs/api.md says. */
function writeCut({ level, members, exclude }: Cut): string {
  return `${level}:${exclude ? "!" : ""}${members.map((path) => path.map(writeKey).join("/")).join(",")}`;
}

function writeKey(key: Key): string {
  if (key === null) return "null";
  if (typeof key === "object") return "unknown()";
  return typeof key === "string" ? `"${key.replaceAll('"', '""')}"` : String(key);
}
