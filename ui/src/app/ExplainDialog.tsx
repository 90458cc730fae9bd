import { useEffect, useState } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { errorLines, fetchExplanation, fetchFacts } from "../api/client";
import type { Cube, Cut, Meta, Question } from "../api/types";
import { levelCaption, measureCaption, measureOf } from "../grid/captions";
import { keyText } from "../api/keys";
import { contextOf } from "../query/definitions";
import { showAsOf, timeOf, WAYS } from "../query/showAs";
import { useSpeech } from "../text/language";
import type { View } from "../view/view";

export interface Explained {
  readonly title: string;
  readonly measure: string;
  readonly cut: readonly Cut[];
  /** The calculated members that it stands at. */
  readonly calculated: readonly { readonly level: string; readonly name: string }[];
  readonly question: Question;
  readonly text: string;
  readonly meta: Meta | undefined;
  readonly view: View;
}

interface Props {
  readonly cube: Cube;
  readonly explained: Explained;
  readonly onClose: () => void;
}

/** Where a number comes from: its formula, its place, the snapshot, and the server's plan. */
export function ExplainDialog({ cube, explained, onClose }: Props) {
  const { words, locale, count } = useSpeech();
  const [facts, setFacts] = useState<number | null>(null);
  const [plan, setPlan] = useState(words.loading);
  const { measure, cut, calculated, question, meta, view } = explained;
  const showAs = showAsOf(view, measure);
  useEffect(() => {
    if (calculated.length > 0) return;
    fetchFacts(cube.name, { cut, limit: 0, offset: 0, ...contextOf(view), ...(meta ? { as_of: meta.snapshot } : {}) })
      .then((page) => setFacts(page.meta.total_rows))
      .catch(() => setFacts(null));
  }, [cube.name, cut, calculated, view, meta]);
  useEffect(() => {
    fetchExplanation(cube.name, question)
      .then(setPlan)
      .catch((problem: unknown) => setPlan(errorLines(problem).join(" ")));
  }, [cube.name, question]);
  const found = measureOf(cube, measure);
  const formula = found?.formula ?? `${found?.aggregate ?? ""}(${found?.over ?? ""})`;
  const places = cut.map((each) => {
    const members = each.members.map((path) => path.map((key) => keyText(key, words.blank, words.unknown)).join(" › "));
    return `${levelCaption(cube, each.level)} ${each.exclude ? "≠" : "="} ${members.slice(0, 20).join(", ")}`;
  });
  const told: readonly (readonly [string, string])[] = [
    [words.value, explained.text || words.empty],
    [words.measure, `${measureCaption(cube, measure)} ${found?.unit ? `(${found.unit})` : ""} ${found?.description ?? ""}`],
    [words.formula, formula],
    ...(showAs === "value" ? [] : [[words.shownAs, `${words.ways[showAs]}: ${WAYS[showAs].formula(measure, timeOf(cube, view) ?? "")}`] as const]),
    ...calculated.map(({ level, name }) => [words.calculatedMember, `${levelCaption(cube, level)}: ${memberFormula(cube, view, name)}`] as const),
    [words.place, places.join("; ") || words.allMembers],
    [words.snapshot, meta ? `${meta.snapshot}, ${words.dataTo} ${meta.data_date ?? ""}` : ""],
    [words.loaded, cube.snapshot.id === meta?.snapshot ? new Date(cube.snapshot.created).toLocaleString(locale) : ""],
    [words.source, meta?.source ?? ""],
    ...(calculated.length > 0 ? [] : [[words.factRows, facts === null ? words.loading : count(facts)] as const]),
  ];
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => isOpen || onClose()} className="overlay">
      <Modal className="modal">
        <Dialog className="dialog explain">
          <Heading slot="title">{explained.title}</Heading>
          <dl>
            {told.map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <h3>{words.plan}</h3>
          <pre tabIndex={0}>{plan}</pre>
          <footer>
            <Button className="primary" onPress={onClose}>
              {words.close}
            </Button>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function memberFormula(cube: Cube, view: View, name: string): string {
  return view.members[name]?.formula ?? cube.members.find((member) => member.name === name)?.formula ?? name;
}
