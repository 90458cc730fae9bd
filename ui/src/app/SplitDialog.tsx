import { useState } from "react";
import type { Cube } from "../api/types";
import { useSpeech } from "../text/language";
import { axisLevels, type View } from "../view/view";
import { FormDialog } from "./FormDialog";
import { Select } from "./Select";

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly onApply: (level: string) => void;
  readonly onClose: () => void;
}

/** Which field takes the place of a member, to see what it is made of. */
export function SplitDialog({ cube, view, onApply, onClose }: Props) {
  const { words } = useSpeech();
  const used = new Set(axisLevels([...view.rows, ...view.columns]));
  const choices = cube.dimensions
    .flatMap((dimension) => dimension.hierarchies.flatMap((each) => each.levels.map((level) => [level.name, `${dimension.label}: ${level.label}`] as const)))
    .filter(([name]) => !used.has(name));
  const [level, setLevel] = useState(choices[0]?.[0] ?? "");
  return (
    <FormDialog title={words.splitBy.replace("…", "")} canApply={level !== ""} onApply={() => onApply(level)} onClose={onClose}>
      <Select label={words.splitField} value={level} choices={choices} onChange={setLevel} />
    </FormDialog>
  );
}
