import { useEffect, useState } from "react";
import { definitionLines, errorLines, fetchAnswer } from "../api/client";
import type { Cube, KeyPath, Member, Question } from "../api/types";
import { definitionsOf, contextOf } from "../query/definitions";
import { filterCuts } from "../query/questions";
import { useSpeech } from "../text/language";
import type { Defined, DefinedMember, DefinedSet, View } from "../view/view";
import { FormDialog } from "./FormDialog";
import { FormulaField } from "./FormulaField";
import { freeName } from "./names";
import { Select } from "./Select";
import { hierarchyFinder } from "./useModel";

/** What is defined: a measure by a formula, a set of a level's members by a condition, or a member among those of a level. */
export interface Defining {
  readonly kind: "measure" | "set" | "member";
  /** The level of a member. */
  readonly level?: string;
  /** The name of what is changed; empty for something new. */
  readonly name: string;
}

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly defining: Defining;
  readonly onMeasure: (name: string, defined: Defined) => void;
  readonly onSet: (name: string, set: DefinedSet) => void;
  readonly onMember: (name: string, member: DefinedMember, beside: readonly KeyPath[]) => void;
  readonly onForget: (name: string) => void;
  readonly onClose: () => void;
}

const FORMATS = ["#,##0.00", "#,##0", "0.0%", "0.00"] as const;

/** As many members as an axis may name, with one that is calculated. */
const MOST_MEMBERS = 199;

/** Define a measure, a set or a member for this view. The server checks it; what it says stands at the formula. */
export function DefineDialog({ cube, view, defining, onMeasure, onSet, onMember, onForget, onClose }: Props) {
  const { words, language } = useSpeech();
  const { kind, level = "" } = defining;
  const isSet = kind === "set";
  const old = { measure: view.defined, set: view.sets, member: view.members }[kind][defining.name];
  const [label, setLabel] = useState(old?.label[language] ?? Object.values(old?.label ?? {})[0] ?? "");
  const [formula, setFormula] = useState(old?.formula ?? "");
  const formats = kind === "member" ? ["", ...FORMATS] : FORMATS;
  const [format, setFormat] = useState<string>((old && "format" in old ? old.format : undefined) ?? formats[0]!);
  const finest = cube.dimensions.map((dimension) => dimension.hierarchies[0]?.levels.at(-1)?.name ?? "").filter(Boolean);
  const levels = cube.dimensions.flatMap((dimension) => dimension.hierarchies[0]?.levels ?? []);
  const [of, setOf] = useState(view.sets[defining.name]?.of ?? finest[0] ?? "");
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [members, setMembers] = useState<readonly Member[]>([]);
  useEffect(() => {
    if (kind === "member") void membersWithFacts(cube, view, level).then(setMembers, (problem: unknown) => setProblems(errorLines(problem)));
  }, [cube, view, kind, level]);
  const apply = async () => {
    const name = defining.name || freeName(cube, STEMS[kind], view);
    const own = { formula, format, label: { ...old?.label, [language]: label.trim() } };
    const member = { ...own, of: level.startsWith("~") ? level : hierarchyFinder(cube)(level) };
    const tried = {
      measure: { ...view, defined: { ...view.defined, [name]: own } },
      set: { ...view, sets: { ...view.sets, [name]: { ...own, of } } },
      member: { ...view, members: { ...view.members, [name]: member } },
    }[kind];
    try {
      if (kind === "member" && members.length > MOST_MEMBERS) return setProblems([words.manyMembers]);
      await fetchAnswer(cube.name, trial(kind, name, cube, tried, { of, level }), null, new AbortController().signal);
      if (kind === "measure") onMeasure(name, own);
      else if (kind === "set") onSet(name, { of, formula, label: own.label });
      else onMember(name, member, members.flatMap(({ key }) => (key ? [key] : [])));
    } catch (problem) {
      setProblems(definitionLines(problem));
    }
  };
  const insert = (text: string) => setFormula([formula.trimEnd(), text].filter(Boolean).join(" "));
  const titles = { measure: words.defineMeasure, set: words.defineSet, member: words.defineMember };
  return (
    <FormDialog
      title={titles[kind].replace("…", "")}
      problems={problems}
      canApply={label.trim() !== "" && formula.trim() !== ""}
      onApply={() => void apply()}
      onRemove={defining.name ? () => onForget(defining.name) : undefined}
      onClose={onClose}
    >
      <label className="select">
        <span>{words.name}</span>
        <input value={label} onChange={(event) => setLabel(event.target.value)} autoFocus />
      </label>
      {isSet ? <Select label={words.level} value={of} choices={levels.map((each) => [each.name, each.label])} onChange={setOf} /> : null}
      <FormulaField
        cube={cube}
        label={isSet ? words.condition : words.formula}
        placeholder={PLACEHOLDERS[kind]}
        text={formula}
        onChange={setFormula}
      />
      {members.length > 0 ? (
        <Select
          label={words.insertMember}
          value=""
          choices={[["", words.chooseMember], ...members.map((member) => [memberText(level, member), member.caption ?? ""] as const)]}
          onChange={insert}
        />
      ) : null}
      {isSet ? null : (
        <Select label={words.format} value={format} choices={formats.map((each) => [each, each || words.ofMeasure])} onChange={setFormat} />
      )}
    </FormDialog>
  );
}

const STEMS = { measure: "calculated", set: "set", member: "member" } as const;
const PLACEHOLDERS = {
  measure: "sales / (sales, rows.all)",
  set: "sales > 1000",
  member: 'time.quarter[2017, "Q4"] - time.quarter[2017, "Q3"]',
} as const;

/** A question that only tries whether a definition can be asked. */
function trial(kind: Defining["kind"], name: string, cube: Cube, view: View, { of, level }: { readonly of: string; readonly level: string }): Question {
  const measures = [kind === "measure" ? name : cube.measures[0]!.name];
  const rows = { measure: [], set: [{ level: `${of.split(".")[0]}.${name}` }], member: [{ level, members: [{ calculated: name }] }] }[kind];
  return { measures, cut: [], with: definitionsOf(view), axes: { rows, columns: [] }, totals: false, nonempty: true };
}

/** The members of a level that have facts within the filters. */
async function membersWithFacts(cube: Cube, view: View, level: string): Promise<readonly Member[]> {
  const measures = cube.measures.filter((measure) => measure.formula === null).slice(0, 1).map((measure) => measure.name);
  const question = { measures, cut: filterCuts(view.filters), ...contextOf(view), axes: { rows: [{ level }], columns: [] }, totals: false, nonempty: true };
  const answer = await fetchAnswer(cube.name, question, null, new AbortController().signal);
  return answer.axes.rows.tuples.flatMap(([member]) => (member?.key ? [member] : []));
}

/** A member as formulas write it. */
function memberText(level: string, { key }: Member): string {
  return `${level}[${(key ?? []).map((part) => JSON.stringify(part)).join(", ")}]`;
}
