import { useState } from "react";
import { Button, Input, TextField } from "react-aria-components";
import { useSpeech } from "../text/language";

interface Props {
  readonly canSave: boolean;
  readonly onSave: (name: string) => void;
}

/** Keep the chosen members under a name: a set of the view, a field like others. */
export function SaveSet({ canSave, onSave }: Props) {
  const { words } = useSpeech();
  const [name, setName] = useState("");
  return (
    <details className="paste">
      <summary>{words.saveAsSet}</summary>
      <TextField aria-label={words.nameOfSet} value={name} onChange={setName}>
        <Input placeholder={words.nameOfSet} />
      </TextField>
      <Button isDisabled={!canSave || name.trim() === ""} onPress={() => onSave(name.trim())}>
        {words.add}
      </Button>
    </details>
  );
}
