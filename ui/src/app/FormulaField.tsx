import { useId, useMemo, useRef, useState } from "react";
import type { Cube } from "../api/types";
import { useSpeech } from "../text/language";
import { complete, completions } from "./completion";

interface Props {
  readonly cube: Cube;
  readonly label: string;
  readonly placeholder?: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** A formula, with the names that could go on where the cursor stands. Arrows choose, Tab or Enter takes. */
export function FormulaField({ cube, label, placeholder = "", text, onChange }: Props) {
  const { words } = useSpeech();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const offered = useMemo(() => (at === null ? [] : completions(cube, text, at)), [cube, text, at]);
  const take = (name: string) => {
    const [next, cursor] = complete(text, at ?? text.length, name);
    onChange(next);
    setAt(null);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(cursor, cursor);
    });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (offered.length === 0) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setChosen((chosen + step + offered.length) % offered.length);
    else if (event.key === "Tab" || event.key === "Enter") take(offered[chosen]!.name);
    else if (event.key === "Escape") setAt(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="formula">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        ref={field}
        rows={2}
        spellCheck={false}
        value={text}
        placeholder={placeholder}
        role="combobox"
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={offered.length > 0 ? `${id}-${chosen}` : undefined}
        onChange={(event) => {
          onChange(event.target.value);
          setAt(event.target.selectionStart);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(null)}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={words.fields} hidden={offered.length === 0}>
        {offered.map(({ name, hint }, place) => (
          <li
            key={name}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === chosen}
            onPointerDown={(event) => {
              event.preventDefault();
              take(name);
            }}
          >
            <code>{name}</code> <span className="hint">{hint}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
