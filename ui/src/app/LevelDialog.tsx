import { useState } from "react";
import { definitionLines, fetchAnswer } from "../api/client";
import type { Cube } from "../api/types";
import { levelCaption } from "../grid/captions";
import { Questions } from "../query/questions";
import { useSpeech } from "../text/language";
import type { AxisName, LevelWish, Top, View } from "../view/view";
import { FormDialog } from "./FormDialog";
import { FormulaField } from "./FormulaField";
import { Select } from "./Select";

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly level: string;
  readonly questions: Questions;
  /** Where the level stands. */
  readonly axis: AxisName;
  readonly onApply: (wish: LevelWish) => void;
  readonly onClose: () => void;
}

type Kind = "all" | "n" | "percent" | "share";

/** Which rows or columns of a level are shown: those that meet a condition, the first or last by a measure; and its subtotals. */
export function LevelDialog({ cube, view, level, questions, axis, onApply, onClose }: Props) {
  const { words } = useSpeech();
  const [wish, setWish] = useState<LevelWish>(view.levels[level] ?? {});
  const [problems, setProblems] = useState<readonly string[]>([]);
  const top = wish.top ?? { n: 10, by: view.sort?.by ?? view.measures[0] ?? "", bottom: false };
  const kind: Kind = !wish.top ? "all" : wish.top.n !== undefined ? "n" : wish.top.percent !== undefined ? "percent" : "share";
  const amount = top.n ?? top.percent ?? top.share ?? 10;
  const isRows = axis === "rows";
  const setTop = (part: Top | undefined) => setWish(withTop(wish, part));
  const apply = async () => {
    try {
      if (wish.having) await fetchAnswer(cube.name, questions.trial(level, wish.having), null, new AbortController().signal);
      onApply(wish);
    } catch (problem) {
      setProblems(definitionLines(problem));
    }
  };
  return (
    <FormDialog title={levelCaption(cube, level)} problems={problems} onApply={() => void apply()} onClose={onClose}>
      <div className="pair">
        <Select
          label={words.topWhich}
          value={kind}
          choices={[
            ["all", words.topAll],
            ["n", words.topN],
            ["percent", words.topPercent],
            ["share", words.topShare],
          ]}
          onChange={(next) => setTop(next === "all" ? undefined : topOf(next as Kind, amount, top))}
        />
        {kind === "all" ? null : (
          <input
            type="number"
            min={1}
            aria-label={words.topWhich}
            value={amount}
            onChange={(event) => setTop(topOf(kind, event.target.valueAsNumber || 1, top))}
          />
        )}
      </div>
      {kind === "all" ? null : (
        <>
          <Select
            label={words.topEnd}
            value={top.bottom ? "bottom" : "top"}
            choices={[
              ["top", words.topFirst],
              ["bottom", words.topLast],
            ]}
            onChange={(end) => setTop({ ...top, bottom: end === "bottom" })}
          />
          <Select
            label={words.topBy}
            value={top.by}
            choices={cube.measures.map((measure) => [measure.name, measure.label])}
            onChange={(by) => setTop({ ...top, by })}
          />
          <label className="check">
            <input type="checkbox" checked={top.others === true} onChange={(event) => setTop({ ...top, others: event.target.checked })} />
            {isRows ? words.othersRow : words.othersColumn}
          </label>
        </>
      )}
      <FormulaField
        cube={cube}
        label={isRows ? words.havingLabel : words.havingColumns}
        placeholder="sales > 1000"
        text={wish.having ?? ""}
        onChange={(having) => setWish({ ...wish, having })}
      />
      <label className="check">
        <input type="checkbox" checked={wish.subtotals !== false} onChange={(event) => setWish({ ...wish, subtotals: event.target.checked })} />
        {isRows ? words.subtotals : words.subtotalColumns}
      </label>
      {isRows ? null : (
        <div className="pair">
          <Select
            label={words.order}
            value={wish.order?.by ?? ""}
            choices={[["", words.sortNatural], ...cube.measures.map((measure) => [measure.name, measure.label] as const)]}
            onChange={(by) => setWish(withOrder(wish, by, wish.order?.desc ?? true))}
          />
          {wish.order ? (
            <Select
              label={words.direction}
              value={wish.order.desc ? "desc" : "asc"}
              choices={[
                ["desc", words.sortDescending],
                ["asc", words.sortAscending],
              ]}
              onChange={(way) => setWish(withOrder(wish, wish.order!.by, way === "desc"))}
            />
          ) : null}
        </div>
      )}
    </FormDialog>
  );
}

function topOf(kind: Kind, amount: number, { by, bottom, others = false }: Top): Top | undefined {
  return kind === "all" ? undefined : { [kind]: amount, by, bottom, ...(others ? { others } : {}) };
}

function withOrder(wish: LevelWish, by: string, desc: boolean): LevelWish {
  const { order: _, ...rest } = wish;
  return by ? { ...rest, order: { by, desc } } : rest;
}

function withTop(wish: LevelWish, top: Top | undefined): LevelWish {
  const { top: _, ...rest } = wish;
  return top ? { ...rest, top } : rest;
}
