// What a view defines for itself, as questions carry it. Pure.

import type { Scd } from "../api/types";
import type { View } from "../view/view";

export interface Definitions {
  readonly measures?: Readonly<Record<string, { readonly formula: string; readonly format?: string }>>;
  readonly sets?: Readonly<Record<string, { readonly of: string; readonly formula: string }>>;
  readonly members?: Readonly<Record<string, { readonly of: string; readonly formula: string; readonly label?: Readonly<Record<string, string>>; readonly format?: string }>>;
}

export function definitionsOf(view: View): Definitions {
  const measures = Object.entries(view.defined).map(([name, { formula, format }]) => [name, { formula, format }] as const);
  const sets = Object.entries(view.sets).map(([name, { of, formula }]) => [name, { of, formula }] as const);
  const members = Object.entries(view.members).map(([name, { of, formula, format, label }]) => [name, { of, formula, label, ...(format ? { format } : {}) }] as const);
  return {
    ...(measures.length > 0 ? { measures: Object.fromEntries(measures) } : {}),
    ...(sets.length > 0 ? { sets: Object.fromEntries(sets) } : {}),
    ...(members.length > 0 ? { members: Object.fromEntries(members) } : {}),
  };
}

/** The definitions as a part of a question; nothing where there are none. */
export function withDefinitions(definitions: Definitions): { readonly with?: Definitions } {
  return Object.keys(definitions).length > 0 ? { with: definitions } : {};
}

/** How the view reads history, as a part of a question; nothing where it is as the model says. */
export function withHistory({ scd }: View): { readonly scd?: Scd } {
  return scd === "" ? {} : { scd };
}

/** What all questions have of a view: its sets and how it reads history. Those for members and facts know no measures. */
export interface Context {
  readonly with?: Definitions;
  readonly scd?: Scd;
}

export function contextOf(view: View): Context {
  const { sets } = definitionsOf(view);
  return { ...withDefinitions(sets ? { sets } : {}), ...withHistory(view) };
}
