import type { Cube } from "../api/types";
import { keyText } from "../api/keys";
import { FieldList } from "../fields/FieldList";
import type { Dropping } from "../fields/moves";
import { Shelf, type Chip } from "../fields/Shelf";
import { levelCaption, levelOf, measureCaption, measureOf } from "../grid/captions";
import { useSpeech, type Speech } from "../text/language";
import { fieldId, type Field, type Filter, type MeasureFormat, type Scale, type ShowAs, type View } from "../view/view";

interface Props extends Dropping {
  readonly cube: Cube;
  readonly view: View;
  readonly onFilter: (level: string) => void;
}

/** The pane of fields and shelves. */
export function Shelves({ cube, view, onFilter, ...dropping }: Props) {
  const speech = useSpeech();
  const { words } = speech;
  const used = new Set([...[...view.rows, ...view.columns].flatMap((field) => field.levels), ...view.measures]);
  const filterOf = (chip: Chip) => onFilter(chip.field!.levels.at(-1)!);
  const format = (name: string, change: MeasureFormat) =>
    dropping.dispatch({ do: "format", measure: name, format: { ...view.formats[name], ...change } });
  const onMeasure = (chip: Chip, action: string) => {
    const [kind, value] = action.split(":");
    if (kind === "heat") format(chip.id, { heat: !view.formats[chip.id]?.heat });
    if (kind === "as") format(chip.id, { showAs: value as ShowAs });
    if (kind === "scale") format(chip.id, { scale: value as Scale });
  };
  return (
    <nav className="pane" aria-label={words.fields}>
      <div className="shelves">
        <Shelf
          name="filters"
          title={words.filters}
          chips={view.filters.map((filter) => filterChip(cube, filter, speech))}
          onMore={filterOf}
          {...dropping}
        />
        <Shelf name="columns" title={words.columns} chips={view.columns.map((field) => fieldChip(cube, field, speech))} onMore={filterOf} {...dropping} />
        <Shelf name="rows" title={words.rows} chips={view.rows.map((field) => fieldChip(cube, field, speech))} onMore={filterOf} {...dropping} />
        <Shelf name="measures" title={words.values} chips={view.measures.map((name) => measureChip(cube, view, name, speech))} onMore={onMeasure} {...dropping} />
      </div>
      <FieldList cube={cube} used={used} {...dropping} />
    </nav>
  );
}

function fieldChip(cube: Cube, field: Field, { words }: Speech): Chip {
  const labels = field.levels.map((level) => levelCaption(cube, level));
  const more = [["filter", words.filter]] as const;
  return { id: fieldId(field), label: labels.join(" › "), hint: labels.join(" › "), field, measure: null, more };
}

function filterChip(cube: Cube, filter: Filter, { words, count }: Speech): Chip {
  const names = filter.members.map((path) => keyText(path.at(-1), words.blank, words.unknown));
  const rest = names.length > 3 ? ` ${words.more(count(names.length - 3))}` : "";
  const text = `${filter.exclude ? "≠ " : ""}${names.slice(0, 3).join(", ")}${rest}`;
  const label = `${levelOf(cube, filter.level)?.level.label ?? filter.level}: ${text}`;
  const more = [["filter", words.filter]] as const;
  return { id: filter.level, label, hint: names.slice(0, 40).join(", "), field: { levels: [filter.level] }, measure: null, more };
}

function measureChip(cube: Cube, view: View, name: string, { words }: Speech): Chip {
  const format = view.formats[name] ?? {};
  const shows: readonly (readonly [ShowAs, string])[] = [
    ["value", words.asValue],
    ["row", words.asRow],
    ["column", words.asColumn],
    ["parent", words.asParent],
    ["grand", words.asGrand],
    ["difference", words.asDifference],
    ["growth", words.asGrowth],
  ];
  const scales: readonly (readonly [Scale, string])[] = [
    ["none", words.scaleNone],
    ["thousand", words.scaleThousand],
    ["million", words.scaleMillion],
    ["tenThousand", words.scaleTenThousand],
    ["hundredMillion", words.scaleHundredMillion],
  ];
  const mark = (isOn: boolean, text: string) => (isOn ? `✓ ${text}` : text);
  const showAs = format.showAs ?? "value";
  const suffix = showAs === "value" ? "" : ` · ${shows.find(([id]) => id === showAs)![1]}`;
  const more = [
    ["heat:", mark(format.heat === true, words.heat)] as const,
    ...shows.map(([id, label]) => [`as:${id}`, mark(showAs === id, `${words.showAs}: ${label}`)] as const),
    ...scales.map(([id, label]) => [`scale:${id}`, mark((format.scale ?? "none") === id, `${words.scale}: ${label}`)] as const),
  ];
  const hint = measureOf(cube, name)?.description ?? "";
  return { id: name, label: measureCaption(cube, name) + suffix, hint, field: null, measure: name, more };
}
