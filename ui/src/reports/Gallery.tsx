import { useEffect, useState } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { errorLines } from "../api/client";
import { fetchReports, type ListedReport } from "../api/reports";
import type { Cube } from "../api/types";
import { useSpeech } from "../text/language";
import type { View } from "../view/view";
import { fits, READY } from "./ready";

interface Props {
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly onReady: (view: View) => void;
  readonly onOpen: (slug: string) => void;
  readonly onRemove: (slug: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Where to begin: ready reports, and those that were saved. */
export function Gallery({ cubes, onReady, onOpen, onRemove, onClose }: Props) {
  const { words } = useSpeech();
  const ready = READY.filter(({ view }) => cubes.has(view.cube) && fits(view, cubes.get(view.cube)!));
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => isOpen || onClose()} className="overlay">
      <Modal className="modal gallery">
        <Dialog className="dialog">
          <Heading slot="title">{words.reports}</Heading>
          {ready.length > 0 ? <h3>{words.readyReports}</h3> : null}
          <div className="cards">
            {ready.map(({ id, view }) => (
              <Button key={id} className="card" onPress={() => onReady(view)}>
                <strong>{words.ready[id].title}</strong>
                <span>{words.ready[id].text}</span>
              </Button>
            ))}
          </div>
          <h3>{words.savedReports}</h3>
          <SavedList onOpen={onOpen} onRemove={onRemove} />
          <footer>
            <Button onPress={onClose}>{words.close}</Button>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function SavedList({ onOpen, onRemove }: Pick<Props, "onOpen" | "onRemove">) {
  const { words, locale } = useSpeech();
  const [found, setFound] = useState<readonly ListedReport[] | null>(null);
  const [problem, setProblem] = useState("");
  const [text, setText] = useState("");
  const load = () =>
    fetchReports().then(setFound, (error: unknown) => {
      setProblem(errorLines(error).join(" "));
      setFound([]);
    });
  useEffect(() => void load(), []);
  const wanted = text.trim().toLowerCase();
  const shown = (found ?? []).filter((each) => `${each.name} ${each.description} ${each.author}`.toLowerCase().includes(wanted));
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  if (problem)
    return (
      <p className="problem" role="alert">
        {problem}
      </p>
    );
  if (!found) return <p className="hint">{words.loading}</p>;
  if (found.length === 0) return <p className="hint">{words.noReports}</p>;
  return (
    <>
      <input type="search" aria-label={words.searchReports} placeholder={words.searchReports} value={text} onChange={(event) => setText(event.target.value)} />
      <ul className="saved" aria-label={words.savedReports}>
        {shown.map((each) => (
          <li key={each.id}>
            <Button className="plain open" onPress={() => onOpen(each.slug)}>
              <strong>{each.name}</strong>
              <span>{each.description}</span>
              {each.issues && each.issues.length > 0 ? <span className="problem">{each.issues.map((issue) => issue.message).join(" ")}</span> : null}
            </Button>
            <span className="when">{[each.author, when.format(new Date(each.saved))].filter(Boolean).join(" · ")}</span>
            <Button className="plain" aria-label={`${words.deleteReport}: ${each.name}`} onPress={() => void onRemove(each.slug).then(load)}>
              ×
            </Button>
          </li>
        ))}
        {shown.length === 0 ? <li className="hint">{words.none}</li> : null}
      </ul>
    </>
  );
}
