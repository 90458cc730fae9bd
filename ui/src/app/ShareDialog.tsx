import { useState } from "react";
import { Button } from "react-aria-components";
import type { Cube } from "../api/types";
import type { Model } from "../grid/model";
import { useSpeech } from "../text/language";
import { writeText } from "./clipboard";
import { FormDialog } from "./FormDialog";
import { snippets } from "./share";

interface Props {
  readonly cube: Cube;
  readonly model: Model;
  readonly snapshot: string | null;
  readonly onClose: () => void;
}

/** The table on the screen for other people and other programs. */
export function ShareDialog({ cube, model, snapshot, onClose }: Props) {
  const { words } = useSpeech();
  const [copied, setCopied] = useState("");
  const copy = async (name: string, text: string) => {
    await writeText(text);
    setCopied(name);
  };
  return (
    <FormDialog title={words.share} wide onClose={onClose}>
      {snippets(cube, model, snapshot).map(({ id, text }) => (
        <section key={id} className="snippet" aria-label={words.snippets[id]}>
          <h3>{words.snippets[id]}</h3>
          <pre tabIndex={0}>{text}</pre>
          <Button aria-label={`${words.copy}: ${words.snippets[id]}`} onPress={() => void copy(id, text)}>
            {copied === id ? words.copied : words.copy}
          </Button>
        </section>
      ))}
    </FormDialog>
  );
}
