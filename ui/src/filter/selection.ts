// Which members a filter chooses: a set of paths at any level, where a path stands for all below it. Pure.

import { isWithin, memberId } from "../api/keys";
import type { KeyPath } from "../api/types";

export type Selection = ReadonlyMap<string, KeyPath>;
export type Check = "on" | "off" | "some";

export function selectionOf(paths: readonly KeyPath[]): Selection {
  return new Map(paths.map((path) => [memberId(path), path]));
}

export function checkOf(selection: Selection, path: KeyPath): Check {
  const chosen = [...selection.values()];
  if (chosen.some((other) => isWithin(path, other))) return "on";
  return chosen.some((other) => isWithin(other, path)) ? "some" : "off";
}

/** Tells the children of a member as far as they are known. */
export type ChildrenOf = (path: KeyPath) => readonly KeyPath[];

/** Choose a member, or no longer. A child that leaves a chosen parent leaves its siblings chosen. */
export function toggled(selection: Selection, path: KeyPath, childrenOf: ChildrenOf): Selection {
  const rest = [...selection.values()];
  if (checkOf(selection, path) !== "on") return selectionOf([...rest.filter((other) => !isWithin(other, path)), path]);
  const ancestor = rest.find((other) => isWithin(path, other))!;
  const others = rest.filter((other) => other !== ancestor);
  return selectionOf([...others, ...without(ancestor, path, childrenOf)]);
}

/** All below an ancestor but a path. */
function without(ancestor: KeyPath, path: KeyPath, childrenOf: ChildrenOf): readonly KeyPath[] {
  if (ancestor.length === path.length) return [];
  return childrenOf(ancestor).flatMap((child) => (isWithin(path, child) ? without(child, path, childrenOf) : [child]));
}

/** The depths at which members are chosen, least first. */
export function depths(selection: Selection): readonly number[] {
  return [...new Set([...selection.values()].map((path) => path.length))].sort((one, other) => one - other);
}
