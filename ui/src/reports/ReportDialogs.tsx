import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines } from "../api/client";
import { fetchVersions, type Version } from "../api/reports";
import { FormDialog } from "../app/FormDialog";
import type { Model } from "../grid/model";
import { useSpeech } from "../text/language";
import type { View } from "../view/view";
import type { Reports } from "./useReports";

interface Props {
  readonly reports: Reports;
  readonly model: Model;
  readonly onShow: (view: View | null) => void;
}

/** What a report is asked for: a name, an old version, what to do when somebody else was faster. */
export function ReportDialogs(props: Props) {
  const { asked } = props.reports;
  if (asked === "saveAs" || asked === "rename") return <NameDialog key={asked} {...props} />;
  if (asked === "versions") return <VersionsDialog {...props} />;
  return asked === "conflict" ? <ConflictDialog {...props} /> : null;
}

function NameDialog({ reports, model }: Props) {
  const { words } = useSpeech();
  const { opened, asked } = reports;
  const isNew = asked === "saveAs";
  const [name, setName] = useState(opened ? (isNew ? words.copyOf(opened.saved.name) : opened.saved.name) : "");
  const [description, setDescription] = useState(opened?.saved.description ?? "");
  const apply = () => void (isNew ? reports.saveAs(model, name.trim(), description.trim()) : reports.rename(name.trim(), description.trim()));
  return (
    <FormDialog
      title={(isNew ? words.saveAs : words.rename).replace("…", "")}
      problems={reports.problems}
      applyLabel={words.save}
      canApply={name.trim() !== ""}
      onApply={apply}
      onClose={() => reports.ask(null)}
    >
      <label className="select">
        <span>{words.name}</span>
        <input value={name} autoFocus onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Enter" && name.trim() && apply()} />
      </label>
      <label className="select">
        <span>{words.description}</span>
        <input value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
    </FormDialog>
  );
}

function VersionsDialog({ reports, onShow }: Props) {
  const { words, locale } = useSpeech();
  const { slug, version: newest } = reports.opened!.saved;
  const [versions, setVersions] = useState<readonly Version[] | null>(null);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  useEffect(() => {
    fetchVersions(slug).then(setVersions, (problem: unknown) => setProblems(errorLines(problem)));
  }, [slug]);
  const restore = async (version: number) => {
    try {
      onShow(await reports.restore(slug, version));
      reports.ask(null);
    } catch (problem) {
      setProblems(errorLines(problem));
    }
  };
  return (
    <FormDialog title={words.versions.replace("…", "")} problems={problems} onClose={() => reports.ask(null)}>
      <ul className="saved" aria-label={words.versions}>
        {(versions ?? []).map(({ version, name, author, saved }) => (
          <li key={version}>
            <span className="open">
              <strong>{`${version} · ${name}`}</strong>
            </span>
            <span className="when">{[author, when.format(new Date(saved))].filter(Boolean).join(" · ")}</span>
            {version === newest ? <span className="when">{words.newest}</span> : <Button onPress={() => void restore(version)}>{words.restore}</Button>}
          </li>
        ))}
      </ul>
    </FormDialog>
  );
}

/** Somebody saved the report since it was opened here. Nothing is lost without being asked. */
function ConflictDialog({ reports, model, onShow }: Props) {
  const { words } = useSpeech();
  const { slug } = reports.opened!.saved;
  const theirs = async () => {
    onShow(await reports.open(slug));
    reports.ask(null);
  };
  return (
    <FormDialog title={words.conflict} problems={reports.problems.slice(0, 1)} onClose={() => reports.ask(null)}>
      <div className="answers">
        <Button onPress={() => reports.ask("saveAs")}>{words.saveCopy}</Button>
        <Button onPress={() => void theirs()}>{words.openTheirs}</Button>
        <Button onPress={() => void reports.save(model, true)}>{words.overwrite}</Button>
      </div>
    </FormDialog>
  );
}
