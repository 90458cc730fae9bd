import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Cube } from "../api/types";
import { levelCaption, measureCaption } from "../grid/captions";
import type { Model } from "../grid/model";
import { useSpeech } from "../text/language";
import type { Store } from "../query/store";
import type { Top, View } from "../view/view";

interface Props {
  readonly model: Model;
  readonly store: Store;
  readonly cube: Cube;
  readonly stale: boolean;
  readonly busy: boolean;
  readonly selection: string;
  readonly legend: ReactNode;
  readonly onRefresh: () => void;
}

/** How fresh the numbers are, what they took, and what is left out. */
export function StatusLine({ model, store, cube, stale, busy, selection, legend, onRefresh }: Props) {
  const { words, count, locale } = useSpeech();
  const meta = model.meta;
  const { scd } = model.view;
  const seconds = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const members = model.rows.filter((line) => line.kind === "member" && !line.isRepeat && !line.member?.others).length;
  return (
    <footer className="status" role="status">
      {busy || stale ? (
        <span className="waiting">
          <span className="spinner" role="img" aria-label={words.loading} />
          <Button onPress={() => store.cancel()}>{words.cancel}</Button>
        </span>
      ) : null}
      {meta ? (
        <>
          <span>{words.rowsShown(count(members))}</span>
          <span className="left-out">{leftOut(model, cube, words, count)}</span>
          {scd ? <span>{scd === "now" ? words.membersNow : words.membersThen}</span> : null}
          <span className="spring" />
          {legend ? <span className="legend">{legend}</span> : null}
          {selection ? <span className="selection">{selection}</span> : null}
          {meta.data_date ? <span>{`${words.dataTo} ${new Date(meta.data_date).toLocaleDateString(locale, { timeZone: "UTC" })}`}</span> : null}
          <span>{`${words.snapshot} ${meta.snapshot}`}</span>
          <span className="source" title={meta.source.replaceAll(",", "\n")}>
            {`${words.took(seconds.format((store.lastTook ?? meta.milliseconds) / 1000))} · ${sourceOf(meta.source)}`}
          </span>
        </>
      ) : (
        <span className="spring" />
      )}
      <Button onPress={onRefresh}>{words.refresh}</Button>
    </footer>
  );
}

/** One source by its name; of several the first, and how many more. */
function sourceOf(source: string): string {
  const [first, ...others] = source.split(",");
  return others.length > 0 ? `${first} +${others.length}` : source;
}

function amount({ n, percent, share }: Top, count: (value: number) => string): string {
  return n !== undefined ? count(n) : percent !== undefined ? `${count(percent)} %` : `Σ ${count(share ?? 0)} %`;
}

/** A condition with the view's own measures called as their columns are; their names are made up by the page or a report. */
function captioned(condition: string, { defined }: View, cube: Cube): string {
  return condition.replace(/(?<![.\w"])[A-Za-z_]\w*(?![.\w"(])/g, (name) => (name in defined ? measureCaption(cube, name) : name));
}

function leftOut(model: Model, cube: Cube, words: ReturnType<typeof useSpeech>["words"], count: (value: number) => string): string {
  const { levels, filters } = model.view;
  const { rowLevels, columnLevels } = model.questions;
  const havings = [...rowLevels.map((level) => [level, words.havingNote] as const), ...columnLevels.map((level) => [level, words.havingColumnsNote] as const)];
  const named = [...rowLevels, ...columnLevels].some((level) => levels[level]?.members);
  const tops = [...rowLevels, ...columnLevels].flatMap((level) => {
    const top = levels[level]?.top;
    return top ? [(top.bottom ? words.bottomNote : words.topNote)(amount(top, count), levelCaption(cube, level))] : [];
  });
  const incomplete = model.meta?.incomplete?.map(({ covered_to }) => words.incomplete(covered_to)) ?? [];
  const notes = [
    tops.length > 0 ? `${tops.join(", ")}; ${words.totalsOfAll}` : "",
    ...havings.map(([level, note]) => (levels[level]?.having ? note(captioned(levels[level].having, model.view, cube)) : "")),
    named ? words.membersNote : "",
    ...new Set(incomplete),
    ...(model.meta?.notes ?? []),
    filters.length > 0 ? words.filtered(count(filters.length)) : "",
  ].filter(Boolean);
  return notes.length > 0 ? notes.join(" · ") : words.everything;
}
