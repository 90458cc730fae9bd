import { useEffect, useState } from "react";
import { Button, Link } from "react-aria-components";
import { addressOf, errorLines, fetchFacts } from "../api/client";
import type { Column, Cube, Cut, Fact, Page } from "../api/types";
import { headingOf, shown, written } from "./columns";
import type { Context } from "../query/definitions";
import { useSpeech } from "../text/language";

const PAGE = 100;

/** Facts that came, and which page of them they are: another one may have been asked for since. */
interface Came {
  readonly offset: number;
  readonly page: Page<Fact>;
}

interface Props {
  readonly cube: Cube;
  readonly title: string;
  readonly cut: readonly Cut[];
  readonly snapshot: string | null;
  readonly context: Context;
  readonly onClose: () => void;
}

/** The fact rows behind a cell, a page at a time. */
export function FactsPanel({ cube, title, cut, snapshot, context, onClose }: Props) {
  const { words, count, locale } = useSpeech();
  const [offset, setOffset] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const [came, setCame] = useState<Came | null>(null);
  const [error, setError] = useState<readonly string[]>([]);
  const asked = { ...context, ...(snapshot ? { as_of: snapshot } : {}) };
  const name = JSON.stringify([cut, asked]);
  useEffect(() => setOffset(0), [name]);
  useEffect(() => {
    const controller = new AbortController();
    setCame(null);
    setError([]);
    fetchFacts(cube.name, { cut, limit: PAGE, offset, ...asked }, controller.signal)
      .then((page) => setCame({ offset, page }))
      .catch((problem: unknown) => controller.signal.aborted || setError(errorLines(problem)));
    return () => controller.abort();
    // The name stands for the cut and the snapshot.
  }, [cube.name, name, offset, attempt]);
  const page = came?.offset === offset ? came.page : null;
  const total = page?.meta.total_rows ?? 0;
  const last = Math.min(offset + PAGE, total);
  return (
    <aside className="facts" aria-label={words.facts}>
      <header>
        <h2>{title}</h2>
        <span className="fact-count" aria-live="polite">
          {page ? words.factsOf(count(total)) : error.length > 0 ? "" : words.loading}
        </span>
        <span className="spring" />
        <span>{page ? `${count(total === 0 ? 0 : offset + 1)}–${count(last)}` : ""}</span>
        <Button isDisabled={offset === 0} onPress={() => setOffset(offset - PAGE)}>
          {words.previous}
        </Button>
        <Button isDisabled={last >= total} onPress={() => setOffset(offset + PAGE)}>
          {words.next}
        </Button>
        <Link className="button" href={addressOf(cube.name, "facts", { cut, limit: null, ...asked }, "csv")} target="_blank">
          {words.downloadCsv}
        </Link>
        <Button aria-label={words.close} onPress={onClose}>
          ×
        </Button>
      </header>
      {error.length > 0 ? (
        <p role="alert" className="problem">
          {error.join(" ")} <Button onPress={() => setAttempt(attempt + 1)}>{words.retry}</Button>
        </p>
      ) : null}
      {page ? <FactTable cube={cube} facts={page.data} locale={locale} /> : null}
    </aside>
  );
}

function FactTable({ cube, facts, locale }: { readonly cube: Cube; readonly facts: readonly Fact[]; readonly locale: string }) {
  const { words } = useSpeech();
  const alignment = (fact: Fact | undefined, column: Column) =>
    fact && typeof shown(fact, column) === "number" ? "number" : "";
  return (
    <div className="fact-table" tabIndex={0} role="group" aria-label={words.facts}>
      <table>
        <thead>
          <tr>
            {cube.drillthrough.map((column) => (
              <th key={column.name} scope="col" className={alignment(facts[0], column)}>
                {headingOf(cube, column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts.map((fact, at) => (
            <tr key={at}>
              {cube.drillthrough.map((column) => (
                <td key={column.name} className={alignment(fact, column)}>
                  {written(shown(fact, column), column, locale, words)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
