// Undo and redo: a view with those before and after it.

import { act, type Action } from "./actions";
import type { View } from "./view";

const MOST = 200;

export interface History {
  readonly past: readonly View[];
  readonly now: View;
  readonly future: readonly View[];
}

export type Move = Action | { readonly do: "undo" } | { readonly do: "redo" } | { readonly do: "go"; readonly view: View };

export function begin(view: View): History {
  return { past: [], now: view, future: [] };
}

export function move(history: History, step: Move): History {
  switch (step.do) {
    case "undo":
      return undo(history);
    case "redo":
      return redo(history);
    case "go":
      return record(history, step.view);
    default:
      return record(history, act(history.now, step), step.do === "width");
  }
}

/** Go on to a view; what was undone before is forgotten. A change of width alone is not worth an undo. */
function record(history: History, view: View, isMinor = false): History {
  if (JSON.stringify(view) === JSON.stringify(history.now)) return history;
  if (isMinor) return { ...history, now: view };
  return { past: [...history.past.slice(-MOST), history.now], now: view, future: [] };
}

function undo({ past, now, future }: History): History {
  const before = past.at(-1);
  return before ? { past: past.slice(0, -1), now: before, future: [now, ...future] } : { past, now, future };
}

function redo({ past, now, future }: History): History {
  const [after, ...rest] = future;
  return after ? { past: [...past, now], now: after, future: rest } : { past, now, future };
}
