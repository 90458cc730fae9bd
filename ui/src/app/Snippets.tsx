import { useState } from "react";
import { Button } from "react-aria-components";
import { useSpeech } from "../text/language";
import { writeText } from "./clipboard";
import type { Snippet } from "./share";

/** Texts for other programs, each with a button that copies it. */
export function Snippets({ snippets }: { readonly snippets: readonly Snippet[] }) {
  const { words } = useSpeech();
  const [copied, setCopied] = useState("");
  const copy = async (name: string, text: string) => {
    await writeText(text);
    setCopied(name);
  };
  return snippets.map(({ id, text }) => (
    <section key={id} className="snippet" aria-label={words.snippets[id]}>
      <h3>{words.snippets[id]}</h3>
      <pre tabIndex={0}>{text}</pre>
      <Button aria-label={`${words.copy}: ${words.snippets[id]}`} onPress={() => void copy(id, text)}>
        {copied === id ? words.copied : words.copy}
      </Button>
    </section>
  ));
}
