import { useMemo, useState } from "react";
import type { Cube } from "../api/types";
import type { Model } from "../grid/model";
import type { Context } from "../query/definitions";
import { useSpeech } from "../text/language";
import type { Move } from "../view/history";
import type { Filter, Path, View } from "../view/view";
import type { Defining } from "./DefineDialog";
import { DefineDialog, FilterDialog, LevelDialog, MeasureDialog, SplitDialog } from "./dialogs";
import { freeName } from "./names";

/** What a dialog that changes the view was opened for; one at a time. */
type Wish =
  | { readonly kind: "filter"; readonly level: string }
  | { readonly kind: "measure"; readonly measure: string }
  | { readonly kind: "level"; readonly level: string }
  | { readonly kind: "split"; readonly path: Path }
  | { readonly kind: "define"; readonly defining: Defining };

/** The dialog that is open, and how to open each: functions that stay the same. */
export function useViewDialogs() {
  const [wish, setWish] = useState<Wish | null>(null);
  const open = useMemo(
    () => ({
      filter: (level: string) => setWish({ kind: "filter", level }),
      measure: (measure: string) => setWish({ kind: "measure", measure }),
      level: (level: string) => setWish({ kind: "level", level }),
      split: (path: Path) => setWish({ kind: "split", path }),
      define: (defining: Defining) => setWish({ kind: "define", defining }),
      none: () => setWish(null),
    }),
    [],
  );
  return { wish, open };
}

interface Props {
  readonly wish: Wish | null;
  readonly cube: Cube;
  readonly view: View;
  readonly model: Model;
  readonly context: Context;
  readonly dispatch: (move: Move) => void;
  readonly onClose: () => void;
  readonly onTell: (text: string) => void;
}

/** The dialogs that change the view. What is applied closes its dialog. */
export function ViewDialogs({ wish, cube, view, model, context, dispatch, onClose, onTell }: Props) {
  const { words, language } = useSpeech();
  const apply = (move: Move) => {
    dispatch(move);
    onClose();
  };
  switch (wish?.kind) {
    case "filter": {
      const kept = (filter: Filter) => view.filters.filter((other) => other.level !== wish.level && other.level !== filter.level);
      return (
        <FilterDialog
          key={wish.level}
          {...{ cube, context, onClose }}
          level={wish.level}
          filter={view.filters.find((filter) => filter.level === wish.level)}
          others={view.filters}
          onApply={(filter) => apply({ do: "set", change: { filters: [...kept(filter), filter] } })}
          onSet={(set) => {
            const name = freeName(cube, "set");
            apply({ do: "defineSet", name, set });
            onTell(words.setIsSaved(set.label[language] ?? name));
          }}
        />
      );
    }
    case "split":
      return <SplitDialog {...{ cube, view, onClose }} onApply={(level) => apply({ do: "drillBy", path: wish.path, field: { levels: [level] } })} />;
    case "measure":
      return (
        <MeasureDialog
          {...{ cube, view, onClose }}
          measure={wish.measure}
          onApply={(format) => apply({ do: "format", measure: wish.measure, format })}
        />
      );
    case "level":
      return (
        <LevelDialog
          {...{ cube, view, onClose }}
          level={wish.level}
          questions={model.questions}
          axis={model.questions.columnLevels.includes(wish.level) ? "columns" : "rows"}
          onApply={(changed) => apply({ do: "level", level: wish.level, wish: changed })}
        />
      );
    case "define":
      return (
        <DefineDialog
          {...{ cube, view, onClose }}
          defining={wish.defining}
          onMeasure={(name, defined) => apply({ do: "define", name, defined })}
          onSet={(name, set) => apply({ do: "defineSet", name, set })}
          onMember={(name, member, beside) => apply({ do: "defineMember", name, level: wish.defining.level ?? "", member, beside })}
          onForget={(name) => apply({ do: "forget", name })}
        />
      );
    default:
      return null;
  }
}
