// A list of members as the condition of a set. Pure.

import type { KeyPath } from "../api/types";

/** Whether all members have keys that a formula can write: null and unknown have none. */
export function canBeWritten(paths: readonly KeyPath[]): boolean {
  return paths.length > 0 && paths.every((path) => path.every((key) => typeof key === "string" || typeof key === "number"));
}

export function membership(level: string, paths: readonly KeyPath[]): string {
  return paths.map((path) => `${level} = ${level}[${path.map((key) => JSON.stringify(key)).join(", ")}]`).join(" or ");
}
