// The model of the view on the screen, kept fresh by the store.

import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Cube } from "../api/types";
import type { Sight } from "../grid/Grid";
import { Model } from "../grid/model";
import { Store } from "../query/store";
import { timeOf } from "../query/showAs";
import type { View } from "../view/view";

export interface Shown {
  readonly store: Store;
  /** The table of the view, or, while its first answer is on its way, the one before. */
  readonly model: Model;
  readonly stale: boolean;
  readonly busy: boolean;
  readonly failure: unknown;
  /** The model anew, with what the store has by now. */
  readonly make: () => Model;
  readonly setSight: (sight: Sight) => void;
}

export function hierarchyFinder(cube: Cube): (level: string) => string {
  const found = new Map<string, string>();
  for (const dimension of cube.dimensions)
    for (const hierarchy of dimension.hierarchies)
      for (const level of hierarchy.levels) if (!found.has(level.name)) found.set(level.name, hierarchy.name);
  return (level) => found.get(level) ?? level;
}

/** The levels of ragged hierarchies that hide members. */
function hidesOf(cube: Cube): (level: string) => boolean {
  const levels = cube.dimensions.flatMap((dimension) => dimension.hierarchies.flatMap((hierarchy) => hierarchy.levels));
  const hiding = new Set(levels.filter((level) => level.hide !== null).map((level) => level.name));
  return (level) => hiding.has(level);
}

export function useModel(cube: Cube, view: View): Shown {
  const store = useMemo(() => new Store(cube.name), [cube.name]);
  const version = useSyncExternalStore(store.subscribe, store.read);
  const hierarchyOf = useMemo(() => hierarchyFinder(cube), [cube]);
  // What is in sight changes with every step of scrolling; only the questions depend on it, so it is no state.
  const sight = useRef<Sight>({ first: 0, last: 40, left: 0, right: 30 });
  const make = useCallback(
    () => new Model(view, hierarchyOf, (question) => store.get(question), timeOf(cube, view) ?? "", hidesOf(cube)),
    [view, cube, hierarchyOf, store],
  );
  const model = useMemo(make, [make, version]);
  const isAsking = view.measures.length > 0;
  const want = useCallback(() => {
    const { first, last, left, right } = sight.current;
    store.want(isAsking ? model.wanted(first, last, model.columns.slice(left, right)) : [], model.founded);
  }, [model, store, isAsking]);
  useEffect(want, [want]);
  const setSight = useCallback(
    (seen: Sight) => {
      sight.current = seen;
      want();
    },
    [want],
  );
  const last = useRef<Model | null>(null);
  if (model.isReady) last.current = model;
  const before = last.current?.view.cube === view.cube ? last.current : null;
  const failure = model.failed.find((each) => each.question.offset === 0 || !each.question.offset)?.error;
  const isStale = isAsking && !model.isReady && !failure && before !== null;
  return { store, model: isStale ? before! : model, stale: isStale, busy: store.isBusy, failure, make, setSight };
}
