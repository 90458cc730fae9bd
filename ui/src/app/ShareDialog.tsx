import type { Cube } from "../api/types";
import type { Model } from "../grid/model";
import type { Reports } from "../reports/useReports";
import { useSpeech } from "../text/language";
import { FormDialog } from "./FormDialog";
import { HandOut } from "./HandOut";
import { Snippets } from "./Snippets";
import { snippets } from "./share";

interface Props {
  readonly cube: Cube;
  readonly model: Model;
  readonly snapshot: string | null;
  readonly reports: Reports;
  readonly onSave: () => void;
  readonly onClose: () => void;
}

/** The table on the screen for other people and other programs. */
export function ShareDialog({ cube, model, snapshot, reports, onSave, onClose }: Props) {
  const { words } = useSpeech();
  return (
    <FormDialog title={words.share} wide onClose={onClose}>
      <Snippets snippets={snippets(cube, model, snapshot).slice(0, 1)} />
      <HandOut reports={reports} view={model.view} onSave={onSave} />
      <h3>{words.forPrograms}</h3>
      <p className="hint">{words.forProgramsHint}</p>
      <Snippets snippets={snippets(cube, model, snapshot).slice(1)} />
    </FormDialog>
  );
}
