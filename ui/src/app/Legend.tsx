import type { Cube } from "../api/types";
import { measureCaption } from "../grid/captions";
import { useSpeech } from "../text/language";
import type { Table } from "./table";

/** What the colours of heat maps mean: the least and the most that they span, among the outermost rows. */
export function Legend({ table, cube }: { readonly table: Table; readonly cube: Cube }) {
  const { words } = useSpeech();
  return table.legends().map(({ measure, least, most }) => (
    <span key={measure} title={words.legendHint}>
      {`${measureCaption(cube, measure)} ${least} `}
      <span className="ramp" aria-label={words.heat} role="img" />
      {` ${most}`}
    </span>
  ));
}
