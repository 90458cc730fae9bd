// Saved reports over the HTTP API, as docs/reports.md describes them.

import type { Top, View } from "../view/view";
import { read } from "./client";
import type { Key, Question, Scd } from "./types";

const REPORTS = "api/v1/reports";

type Label = string | Readonly<Record<string, string>>;

export interface Parameter {
  readonly level?: string;
  readonly default?: string | number;
  readonly many?: boolean;
  readonly label?: Label;
}

/** A member of a report's cut; a parameter stands for one that the address fills in. */
export type Slot = Key | readonly Key[] | { readonly parameter: string };

interface Own {
  readonly of: string;
  readonly formula: string;
  readonly format?: string;
  readonly label?: Label;
}

interface Item {
  readonly level?: string;
  readonly alone?: boolean;
  readonly order?: { readonly by: string; readonly desc?: boolean };
  readonly having?: string;
  readonly top?: Omit<Top, "bottom"> & { readonly bottom?: boolean };
}

/** The body of a query as programs write it. */
export interface ReportQuery {
  readonly cube: string;
  readonly measures?: readonly string[];
  readonly cut?: readonly {
    readonly level: string;
    readonly alone?: boolean;
    readonly members?: readonly Slot[];
    readonly ranges?: readonly { readonly from?: Slot; readonly to?: Slot }[];
    readonly exclude?: boolean | "members";
  }[];
  readonly axes?: { readonly rows?: readonly (string | Item)[]; readonly columns?: readonly (string | Item)[] };
  readonly with?: {
    readonly measures?: Readonly<Record<string, { readonly formula?: string; readonly format?: string; readonly label?: Label }>>;
    readonly sets?: Readonly<Record<string, Own>>;
    readonly members?: Readonly<Record<string, Own>>;
    readonly attributes?: object;
  };
  readonly nonempty?: boolean;
  readonly scd?: Scd;
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

/** A link that opens a report without a key, to read, until it expires. */
export interface Token {
  readonly id: string;
  readonly author: string;
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
}

export async function fetchTokens(slug: string): Promise<readonly Token[]> {
  return (await read<{ readonly tokens: readonly Token[] }>(`${REPORTS}/${slug}/tokens`)).tokens;
}

/** Make a token; what is secret of it is told this once. */
export function createToken(slug: string, expires: string): Promise<Token & { readonly token: string }> {
  return send("POST", `/${slug}/tokens`, { expires });
}

export function revokeToken(slug: string, id: string): Promise<null> {
  return send("DELETE", `/${slug}/tokens/${id}`, null);
}
