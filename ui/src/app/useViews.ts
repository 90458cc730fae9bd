// The views, with undo and redo, kept in the address so that a link opens the same report.

import { useCallback, useEffect, useReducer, useRef } from "react";
import { readView, writeView } from "../view/address";
import { begin, move, type History, type Move } from "../view/history";
import type { View } from "../view/view";

export function useViews(first: View): { readonly history: History; readonly dispatch: (move: Move) => void } {
  const [history, dispatch] = useReducer(move, first, (view) => begin(readView(location.hash) ?? view));
  const written = useRef("");
  useEffect(() => {
    const text = `#${writeView(history.now)}`;
    if (text === location.hash) return;
    if (written.current === "") window.history.replaceState(null, "", text);
    else window.history.pushState(null, "", text);
    written.current = text;
  }, [history.now]);
  const onGo = useCallback(() => {
    const view = readView(location.hash);
    if (view) dispatch({ do: "go", view });
  }, []);
  useEffect(() => {
    written.current ||= location.hash;
    window.addEventListener("popstate", onGo);
    return () => window.removeEventListener("popstate", onGo);
  }, [onGo]);
  return { history, dispatch };
}
