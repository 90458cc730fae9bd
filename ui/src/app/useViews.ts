// The views, with undo and redo, kept in the address so that a link opens the same report.

import { useCallback, useEffect, useReducer, useRef } from "react";
import { readSlug, readView, writeAddress, type SavedView } from "../view/address";
import { begin, move, type History, type Move } from "../view/history";
import type { View } from "../view/view";

/** `onAddress` hears when back, forward or a link lead to another saved report, or away from one. */
export function useViews(
  first: View,
  saved: SavedView | null,
  onAddress: (slug: string | null, view: View | null) => void,
): { readonly history: History; readonly dispatch: (move: Move) => void } {
  const [history, dispatch] = useReducer(move, first, (view) => begin(readView(location.hash) ?? view));
  const written = useRef("");
  useEffect(() => {
    const text = `#${writeAddress(history.now, saved)}`;
    if (text === location.hash) return;
    if (written.current === "") window.history.replaceState(null, "", text);
    else window.history.pushState(null, "", text);
    written.current = text;
  }, [history.now, saved]);
  const onGo = useCallback(() => {
    const [slug, view] = [readSlug(location.hash), readView(location.hash)];
    if (slug !== (saved?.slug ?? null)) onAddress(slug, view);
    const next = view ?? (slug === saved?.slug ? (saved?.view ?? null) : null);
    if (next) dispatch({ do: "go", view: next });
  }, [saved, onAddress]);
  useEffect(() => {
    written.current ||= location.hash;
    window.addEventListener("popstate", onGo);
    return () => window.removeEventListener("popstate", onGo);
  }, [onGo]);
  return { history, dispatch };
}
