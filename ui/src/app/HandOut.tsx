import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines } from "../api/client";
import { createToken, fetchTokens, revokeToken, type Token } from "../api/reports";
import type { Reports } from "../reports/useReports";
import { useSpeech } from "../text/language";
import type { View } from "../view/view";
import { Select } from "./Select";
import { handedOut, type Snippet } from "./share";
import { Snippets } from "./Snippets";

const LIVES = ["7d", "30d", "90d", "365d"] as const;

interface Props {
  readonly reports: Reports;
  readonly view: View;
  readonly onSave: () => void;
}

/** Addresses that open a saved report, and nothing else, for somebody or something without a key. */
export function HandOut({ reports, view, onSave }: Props) {
  const { words, locale } = useSpeech();
  const { opened } = reports;
  const [life, setLife] = useState<string>("30d");
  const [made, setMade] = useState<readonly Snippet[]>([]);
  const [tokens, setTokens] = useState<readonly Token[]>([]);
  const [problem, setProblem] = useState("");
  const slug = opened?.saved.slug ?? "";
  const tell = (error: unknown) => setProblem(errorLines(error).join(" "));
  const load = () => fetchTokens(slug).then((all) => setTokens(all.filter(isAlive)), tell);
  useEffect(() => void (slug && load()), [slug]);
  if (!opened)
    return (
      <section className="hand-out" aria-label={words.handOut}>
        <h3>{words.handOut}</h3>
        <p className="hint">{words.handOutUnsaved}</p>
        <p>
          <Button onPress={onSave}>{words.saveAs}</Button>
        </p>
      </section>
    );
  const make = async () => {
    try {
      const { token } = await createToken(slug, life);
      setMade(handedOut(opened.saved, token));
      await load();
    } catch (error) {
      tell(error);
    }
  };
  const revoke = (id: string) => void revokeToken(slug, id).then(load, tell);
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  return (
    <section className="hand-out" aria-label={words.handOut}>
      <h3>{words.handOut}</h3>
      <p className="hint">{words.handOutHint(opened.saved.name)}</p>
      {reports.isChanged(view) ? <p className="hint">{words.handOutChanged}</p> : null}
      <div className="hand-out-row">
        <Select label={words.worksFor} value={life} choices={LIVES.map((each) => [each, words.days(each.slice(0, -1))])} onChange={setLife} />
        <Button onPress={() => void make()}>{words.makeAddress}</Button>
      </div>
      {made.length > 0 ? <p role="status">{words.shownOnce}</p> : null}
      <Snippets snippets={made} />
      {tokens.length > 0 ? (
        <ul className="saved" aria-label={words.working}>
          {tokens.map(({ id, author, expires }) => (
            <li key={id}>
              <span className="open">{[words.worksUntil(day.format(new Date(expires))), author].filter(Boolean).join(" · ")}</span>
              <Button aria-label={`${words.revoke}: ${id}`} onPress={() => revoke(id)}>
                {words.revoke}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
    </section>
  );
}

function isAlive({ expires, revoked }: Token): boolean {
  return revoked === null && new Date(expires) > new Date();
}
