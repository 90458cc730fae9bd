import type { Key, KeyPath } from "./types";

/** A text that names a member within its level. */
export function memberId(path: KeyPath | null): string {
  return JSON.stringify(path);
}

export function sameMember(one: KeyPath, other: KeyPath): boolean {
  return memberId(one) === memberId(other);
}

/** Whether `path` is `ancestor` or lies below it in the same hierarchy. */
export function isWithin(path: KeyPath, ancestor: KeyPath): boolean {
  return ancestor.length <= path.length && sameMember(path.slice(0, ancestor.length), ancestor);
}

/** A key as text, where no caption is at hand. */
export function keyText(key: Key | undefined, blank: string, unknown: string): string {
  if (key === null || key === undefined || key === "") return blank;
  return typeof key === "object" ? unknown : String(key);
}
