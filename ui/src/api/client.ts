// The HTTP API. Addresses are relative to the page, so that it works under a sub-path.

import type { Definitions } from "../query/definitions";
import type { Answer, Cube, CubeList, Cut, Fact, Key, ListedMember, Page, Problem, Question, Scd } from "./types";

const API = "api/v1/cubes";

/** What the server, or the way to it, answered instead of an answer. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  /** Everything worth showing: what is wrong, where, and the fix. */
  get lines(): readonly string[] {
    const { detail, hint, issues } = this.problem;
    const told = issues.map((issue) => `${issue.message} ${issue.hint}`.trim());
    return [detail, hint, ...told].filter((line) => line !== "");
  }
}

/** What is wrong with a definition, at its character; what only follows from it is left out. */
export function definitionLines(error: unknown): readonly string[] {
  const issues = error instanceof ApiError ? error.problem.issues : [];
  const own = issues.filter((issue) => /^\/(with|axes)/.test(issue.place)).map((issue) => `${issue.message} ${issue.hint}`.trim());
  return own.length > 0 ? own : errorLines(error);
}

export function errorLines(error: unknown): readonly string[] {
  return error instanceof ApiError ? error.lines : [String(error instanceof Error ? error.message : error)];
}

export async function read<T>(address: string, init?: RequestInit): Promise<T> {
  const response = await fetch(address, init);
  if (response.ok) return (response.status === 204 ? null : await response.json()) as T;
  const body = (await response.json().catch(() => null)) as Problem | null;
  const detail = `${response.status} ${response.statusText}`;
  throw new ApiError(body ?? { status: response.status, code: "http", detail, hint: "", issues: [] });
}

function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return read<T>(`${API}/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null });
}

export function fetchCubes(language: string): Promise<CubeList> {
  return read(`${API}?lang=${language}`);
}

export function fetchCube(cube: string, language: string): Promise<Cube> {
  return read(`${API}/${encodeURIComponent(cube)}?lang=${language}`);
}

export function fetchAnswer(cube: string, question: Question, asOf: string | null, signal: AbortSignal): Promise<Answer> {
  return post(`${cube}/query`, asOf === null ? question : { ...question, as_of: asOf }, signal);
}

export interface MembersQuestion {
  readonly level: string;
  readonly parent?: readonly Key[];
  readonly search?: string;
  readonly cut?: readonly Cut[];
  readonly with?: Definitions;
  readonly scd?: Scd;
  readonly limit?: number;
  readonly offset?: number;
}

export function fetchMembers(cube: string, question: MembersQuestion, signal?: AbortSignal): Promise<Page<ListedMember>> {
  const query = new URLSearchParams({ q: JSON.stringify(question), meta: "true" });
  return read(`${API}/${cube}/members?${query}`, { signal: signal ?? null });
}

export interface FactsQuestion {
  readonly cut: readonly Cut[];
  readonly limit: number;
  readonly offset: number;
  readonly as_of?: string;
  readonly with?: Definitions;
  readonly scd?: Scd;
}

export function fetchFacts(cube: string, question: FactsQuestion, signal?: AbortSignal): Promise<Page<Fact>> {
  return post(`${cube}/facts?meta=true`, question, signal);
}

export async function fetchExplanation(cube: string, question: Question): Promise<string> {
  const query = new URLSearchParams({ q: JSON.stringify(question) });
  const response = await fetch(`${API}/${cube}/explain?${query}`);
  return response.text();
}

/** The address of a question in a format that other programs read. */
export function addressOf(
  cube: string,
  resource: "query" | "facts",
  body: object,
  format: "csv" | "xlsx",
  options: Readonly<Record<string, string>> = {},
  withMark = true,
): string {
  const all = { ...options, ...(format === "csv" && withMark ? { bom: "true" } : {}) };
  const rest = Object.entries(all).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
  return `${API}/${cube}/${resource}.${format}?q=${encodeURIComponent(JSON.stringify(body))}${rest.join("")}`;
}
