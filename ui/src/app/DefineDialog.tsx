import { useState } from "react";
import { definitionLines, fetchAnswer } from "../api/client";
import type { Cube } from "../api/types";
import { definitionsOf } from "../query/definitions";
import { useSpeech } from "../text/language";
import type { Defined, DefinedSet, View } from "../view/view";
import { FormDialog } from "./FormDialog";
import { FormulaField } from "./FormulaField";
import { freeName } from "./names";
import { Select } from "./Select";

/** What is defined: a measure by a formula, or a set of a level's members by a condition. */
export interface Defining {
  readonly kind: "measure" | "set";
  /** The name of what is changed; empty for something new. */
  readonly name: string;
}

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly defining: Defining;
  readonly onMeasure: (name: string, defined: Defined) => void;
  readonly onSet: (name: string, set: DefinedSet) => void;
  readonly onClose: () => void;
}

const FORMATS = ["#,##0.00", "#,##0", "0.0%", "0.00"] as const;

/** Define a measure or a set for this view. The server checks it; what it says stands at the formula. */
export function DefineDialog({ cube, view, defining, onMeasure, onSet, onClose }: Props) {
  const { words, language } = useSpeech();
  const isSet = defining.kind === "set";
  const old = isSet ? view.sets[defining.name] : view.defined[defining.name];
  const [label, setLabel] = useState(old?.label[language] ?? "");
  const [formula, setFormula] = useState(old?.formula ?? "");
  const [format, setFormat] = useState<string>(view.defined[defining.name]?.format ?? FORMATS[0]);
  const finest = cube.dimensions.map((dimension) => dimension.hierarchies[0]?.levels.at(-1)?.name ?? "").filter(Boolean);
  const levels = cube.dimensions.flatMap((dimension) => dimension.hierarchies[0]?.levels ?? []);
  const [of, setOf] = useState(view.sets[defining.name]?.of ?? finest[0] ?? "");
  const [problems, setProblems] = useState<readonly string[]>([]);
  const apply = async () => {
    const name = defining.name || freeName(cube, isSet ? "set" : "calculated");
    const labels = { ...old?.label, [language]: label.trim() };
    try {
      const own = isSet ? { sets: { [name]: { of, formula } } } : { measures: { [name]: { formula, format } } };
      const measures = isSet ? [cube.measures[0]!.name] : [name];
      const rows = isSet ? [{ level: `${of.split(".")[0]}.${name}` }] : [];
      const known = definitionsOf(view);
      const all = { measures: { ...known.measures, ...own.measures }, sets: { ...known.sets, ...own.sets } };
      const question = { measures, cut: [], with: all, axes: { rows, columns: [] }, totals: false, nonempty: true };
      await fetchAnswer(cube.name, question, null, new AbortController().signal);
      if (isSet) onSet(name, { of, formula, label: labels });
      else onMeasure(name, { formula, format, label: labels });
    } catch (problem) {
      setProblems(definitionLines(problem));
    }
  };
  return (
    <FormDialog
      title={(isSet ? words.defineSet : words.defineMeasure).replace("…", "")}
      problems={problems}
      canApply={label.trim() !== "" && formula.trim() !== ""}
      onApply={() => void apply()}
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
        placeholder={isSet ? "sales > 1000" : "sales / (sales, rows.all)"}
        text={formula}
        onChange={setFormula}
      />
      {isSet ? null : (
        <Select label={words.format} value={format} choices={FORMATS.map((each) => [each, each])} onChange={setFormat} />
      )}
    </FormDialog>
  );
}
