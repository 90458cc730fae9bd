import { useState } from "react";
import type { Cube } from "../api/types";
import { measureCaption } from "../grid/captions";
import { timeOf, WAYS } from "../query/showAs";
import { useSpeech } from "../text/language";
import type { Colour, MeasureFormat, Rule, Scale, Scope, ShowAs, View } from "../view/view";
import { FormDialog } from "./FormDialog";
import { Select } from "./Select";

interface Props {
  readonly cube: Cube;
  readonly view: View;
  readonly measure: string;
  readonly onApply: (format: MeasureFormat) => void;
  readonly onClose: () => void;
}

const SCALES: readonly Scale[] = ["none", "thousand", "million", "tenThousand", "hundredMillion"];
const COLOURS: readonly Colour[] = ["none", "heat", "bars", "rule"];
const SCOPES: readonly Scope[] = ["slice", "row", "column", "parent"];
const OPERATORS: readonly Rule["is"][] = [">=", ">", "<=", "<"];

/** How a measure is shown: as what, at which scale, with which colours. */
export function MeasureDialog({ cube, view, measure, onApply, onClose }: Props) {
  const { words } = useSpeech();
  const [format, setFormat] = useState<MeasureFormat>(view.formats[measure] ?? {});
  const change = (part: MeasureFormat) => setFormat({ ...format, ...part });
  const hasTime = timeOf(cube, view) !== null;
  const ways = Object.keys(words.ways) as readonly ShowAs[];
  const offered = ways.filter((way) => way === "value" || hasTime || !WAYS[way].needsTime);
  const rule = format.rule ?? { is: ">=", value: 0 };
  return (
    <FormDialog title={measureCaption(cube, measure)} onApply={() => onApply(format)} onClose={onClose}>
      <Select
        label={words.showAs}
        value={format.showAs ?? "value"}
        choices={offered.map((way) => [way, words.ways[way]])}
        onChange={(showAs) => change({ showAs: showAs as ShowAs })}
      />
      <Select
        label={words.scale}
        value={format.scale ?? "none"}
        choices={SCALES.map((scale) => [scale, words.scales[scale]])}
        onChange={(scale) => change({ scale: scale as Scale })}
      />
      <Select
        label={words.decimals}
        value={String(format.decimals ?? "")}
        choices={[["", words.scales.none], ...["0", "1", "2", "3"].map((text) => [text, text] as const)]}
        onChange={(text) => setFormat(withDecimals(format, text))}
      />
      <Select
        label={words.colour}
        value={format.colour ?? "none"}
        choices={COLOURS.map((colour) => [colour, words.colours[colour]])}
        onChange={(colour) => change({ colour: colour as Colour })}
      />
      {format.colour === "heat" || format.colour === "bars" ? (
        <Select
          label={words.scope}
          value={format.scope ?? "slice"}
          choices={SCOPES.map((scope) => [scope, words.scopes[scope]])}
          onChange={(scope) => change({ scope: scope as Scope })}
        />
      ) : null}
      {format.colour === "rule" ? (
        <div className="pair">
          <Select
            label={words.where}
            value={rule.is}
            choices={OPERATORS.map((is) => [is, is])}
            onChange={(is) => change({ rule: { ...rule, is: is as Rule["is"] } })}
          />
          <input
            type="number"
            step="any"
            aria-label={words.value}
            value={rule.value}
            onChange={(event) => change({ rule: { ...rule, value: event.target.valueAsNumber || 0 } })}
          />
        </div>
      ) : null}
    </FormDialog>
  );
}

function withDecimals(format: MeasureFormat, text: string): MeasureFormat {
  const { decimals: _, ...rest } = format;
  return text === "" ? rest : { ...rest, decimals: Number(text) };
}
