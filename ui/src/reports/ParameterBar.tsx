import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines, fetchMembers } from "../api/client";
import { keyText, memberId } from "../api/keys";
import type { Parameter } from "../api/reports";
import type { Cube, KeyPath, ListedMember } from "../api/types";
import { levelCaption } from "../grid/captions";
import { useSpeech } from "../text/language";
import type { Filter, View } from "../view/view";
import { labelOf } from "./queryView";

/** More members than this are chosen from the dialog of a filter, which searches. */
const MOST = 200;

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly onFilter: (filter: Filter) => void;
  readonly onChoose: (level: string) => void;
}

/** The boxes of a report's parameters: what its reader chooses. */
export function ParameterBar({ cube, view, parameters, onFilter, onChoose }: Props) {
  const { words } = useSpeech();
  const shown = Object.entries(parameters).flatMap(([name, parameter]) => (parameter.level ? [{ name, parameter, level: parameter.level }] : []));
  if (shown.length === 0) return null;
  return (
    <section className="parameters" aria-label={words.parameters}>
      {shown.map(({ name, parameter, level }) => (
        <Box key={name} {...{ name, parameter, level, cube, onFilter, onChoose }} filter={view.filters.find((filter) => filter.level === level)} />
      ))}
    </section>
  );
}

interface BoxProps extends Pick<Props, "cube" | "onFilter" | "onChoose"> {
  readonly name: string;
  readonly parameter: Parameter;
  readonly level: string;
  readonly filter: Filter | undefined;
}

function Box({ name, parameter, level, cube, filter, onFilter, onChoose }: BoxProps) {
  const { words, language } = useSpeech();
  const [members, setMembers] = useState<readonly ListedMember[]>([]);
  const [problem, setProblem] = useState("");
  const labels = labelOf(parameter.label);
  const label = labels[language] ?? Object.values(labels)[0] ?? (levelCaption(cube, level) || name);
  const isOne = parameter.many !== true && !filter?.ranges && (filter?.members.length ?? 0) <= 1;
  useEffect(() => {
    if (!isOne) return;
    fetchMembers(cube.name, { level, limit: MOST + 1 }).then(
      (page) => setMembers(page.data.length > MOST ? [] : page.data),
      (error: unknown) => setProblem(errorLines(error).join(" ")),
    );
  }, [cube.name, level, isOne]);
  const text = (path: KeyPath) => path.map((key) => keyText(key, words.blank, words.unknown)).join(" › ");
  const ranges = (filter?.ranges ?? []).map(({ from, to }) => `${[from ?? ""].flat().join("/")} – ${[to ?? ""].flat().join("/")}`);
  const chosen = [...(filter?.members ?? []).map(text), ...ranges].join(", ");
  if (problem) return <span className="problem">{problem}</span>;
  if (!isOne || members.length === 0)
    return (
      <span className="parameter">
        <span>{label}</span>
        <Button aria-label={`${label}: ${chosen || words.allMembers}`} onPress={() => onChoose(level)}>
          {chosen || words.allMembers}
        </Button>
      </span>
    );
  const choose = (id: string) => {
    const member = members.find(({ key }) => memberId(key) === id);
    if (member) onFilter({ level, members: [member.key], exclude: false });
  };
  const current = filter?.members[0];
  return (
    <label className="parameter">
      <span>{label}</span>
      <select value={current ? memberId(current) : ""} onChange={(event) => choose(event.target.value)}>
        {current ? null : <option value="">{words.allMembers}</option>}
        {members.map((member) => (
          <option key={memberId(member.key)} value={memberId(member.key)}>
            {[...member.key.slice(0, -1).map((key) => keyText(key, words.blank, words.unknown)), member.caption || words.blank].join(" › ")}
          </option>
        ))}
      </select>
    </label>
  );
}
