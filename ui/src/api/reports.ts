// Saved reports over the HTTP API, as docs/reports.md describes them.

import type { View } from "../view/view";
import { read } from "./client";
import type { Key, Question } from "./types";

const REPORTS = "api/v1/reports";

export interface Parameter {
  readonly level?: string;
  readonly default?: string | number;
}

/** A member of a report's cut; a parameter stands for one that the address fills in. */
export type Slot = Key | readonly Key[] | { readonly parameter: string };

export interface ReportQuery extends Omit<Partial<Question>, "cut" | "axes"> {
  readonly cube: string;
  readonly cut?: readonly { readonly level: string; readonly members?: readonly Slot[]; readonly exclude?: boolean | "members" }[];
  readonly axes?: { readonly rows?: readonly (string | { readonly level?: string })[]; readonly columns?: readonly (string | { readonly level?: string })[] };
}

/** What a report says. What this page does not know is kept as it is. */
export interface ReportBody {
  readonly name: string;
  readonly description?: string;
  readonly queries: Readonly<Record<string, ReportQuery | (Question & { readonly cube: string })>>;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly view?: Partial<View>;
}

export interface ListedReport {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly author: string;
  readonly saved: string;
  readonly archived: string | null;
  readonly issues: readonly { readonly message: string }[] | null;
}

export interface SavedReport extends ListedReport {
  readonly report: ReportBody;
}

export interface Version {
  readonly version: number;
  readonly name: string;
  readonly author: string;
  readonly saved: string;
}

function send<T>(method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
  const type = { "Content-Type": "application/json" };
  return read<T>(`${REPORTS}${path}`, { method, headers: { ...type, ...headers }, ...(body === null ? {} : { body: JSON.stringify(body) }) });
}

export async function fetchReports(): Promise<readonly ListedReport[]> {
  return (await read<{ readonly reports: readonly ListedReport[] }>(REPORTS)).reports;
}

export function fetchReport(slug: string): Promise<SavedReport> {
  return read(`${REPORTS}/${encodeURIComponent(slug)}`);
}

export function createReport(body: ReportBody): Promise<SavedReport> {
  return send("POST", "", body);
}

/** Save a new version of what was version `version`; null overwrites whatever is there. */
export function changeReport(slug: string, body: ReportBody, version: number | null): Promise<SavedReport> {
  return send("PUT", `/${slug}`, body, { "If-Match": version === null ? "*" : `"${version}"` });
}

export function archiveReport(slug: string): Promise<null> {
  return send("DELETE", `/${slug}`, null);
}

export async function fetchVersions(slug: string): Promise<readonly Version[]> {
  return (await read<{ readonly versions: readonly Version[] }>(`${REPORTS}/${slug}/versions`)).versions;
}

/** Make an old version the newest again; an archived report comes back. */
export function restoreVersion(slug: string, version: number): Promise<SavedReport> {
  return send("POST", `/${slug}/versions`, { version });
}
