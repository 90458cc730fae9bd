import { Button } from "react-aria-components";
import type { Cube, KeyPath } from "../api/types";
import { keyText } from "../api/keys";
import { FieldList } from "../fields/FieldList";
import type { Dropping } from "../fields/moves";
import { Shelf, type Chip } from "../fields/Shelf";
import { levelCaption, measureCaption, measureOf } from "../grid/captions";
import { useSpeech, type Speech } from "../text/language";
import { fieldId, isCalculated, type Field, type Filter, type MemberRange, type View } from "../view/view";

import type { Defining } from "./DefineDialog";

interface Props extends Dropping {
  readonly cube: Cube;
  readonly view: View;
  readonly onFilter: (level: string) => void;
  readonly onLook: (measure: string) => void;
  readonly onLevel: (level: string) => void;
  readonly onDefine: (defining: Defining) => void;
}

/** The pane of fields and shelves. */
export function Shelves({ cube, view, onFilter, onLook, onLevel, onDefine, ...dropping }: Props) {
  const speech = useSpeech();
  const { words } = speech;
  const used = new Set([...[...view.rows, ...view.columns].flatMap((field) => field.levels), ...view.measures]);
  const filterOf = (chip: Chip) => onFilter(chip.field!.levels.at(-1)!);
  const onLevels = (chip: Chip, action: string) => {
    const [kind, level, name = ""] = action.split(" ");
    if (kind === "filter") filterOf(chip);
    else if (kind === "level") onLevel(level!);
    else onDefine({ kind: "member", level: level!, name });
  };
  const onMeasure = (chip: Chip, action: string) =>
    action === "define" ? onDefine({ kind: "measure", name: chip.id }) : onLook(chip.id);
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
        <Shelf name="columns" title={words.columns} chips={view.columns.map((field) => levelsChip(cube, view, field, words.levelColumns, speech))} onMore={onLevels} {...dropping} />
        <Shelf name="rows" title={words.rows} chips={view.rows.map((field) => levelsChip(cube, view, field, words.levelRows, speech))} onMore={onLevels} {...dropping} />
        <Shelf name="measures" title={words.values} chips={view.measures.map((name) => measureChip(cube, view, name, speech))} onMore={onMeasure} {...dropping} />
        <p className="define">
          <Button className="plain" onPress={() => onDefine({ kind: "measure", name: "" })}>
            {`+ ${words.defineMeasure}`}
          </Button>
          <Button className="plain" onPress={() => onDefine({ kind: "set", name: "" })}>
            {`+ ${words.defineSet}`}
          </Button>
        </p>
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

/** A field on an axis, with what can be asked of each of its levels there, and the calculated members of its first. */
function levelsChip(cube: Cube, view: View, field: Field, asked: string, speech: Speech): Chip {
  const { words, language } = speech;
  const chip = fieldChip(cube, field, speech);
  const levels = field.levels.map((level) => [`level ${level}`, `${asked}: ${levelCaption(cube, level)}`] as const);
  const first = field.levels[0]!;
  const own = (view.levels[first]?.members ?? []).flatMap((member) => {
    const defined = isCalculated(member) ? view.members[member.calculated] : undefined;
    return isCalculated(member) && defined ? [[`member ${first} ${member.calculated}`, `${words.editMember}: ${defined.label[language] ?? Object.values(defined.label)[0]}`] as const] : [];
  });
  return { ...chip, more: [...chip.more, ...levels, [`member ${first}`, `${words.defineMember}: ${levelCaption(cube, first)}`], ...own] };
}

function filterChip(cube: Cube, filter: Filter, { words, count }: Speech): Chip {
  const spans = (filter.ranges ?? []).map(({ from, to }) => `${rangeText(from)} – ${rangeText(to)}`);
  const names = [...filter.members.map((path) => keyText(path.at(-1), words.blank, words.unknown)), ...spans];
  const rest = names.length > 3 ? ` ${words.more(count(names.length - 3))}` : "";
  const text = `${filter.exclude ? "≠ " : ""}${names.slice(0, 3).join(", ")}${rest}`;
  const label = `${levelCaption(cube, filter.level)}: ${text}`;
  const more = [["filter", words.filter]] as const;
  return { id: filter.level, label, hint: names.slice(0, 40).join(", "), field: { levels: [filter.level] }, measure: null, more };
}

function measureChip(cube: Cube, view: View, name: string, { words }: Speech): Chip {
  const showAs = view.formats[name]?.showAs ?? "value";
  const suffix = showAs === "value" ? "" : ` · ${words.ways[showAs]}`;
  const edit = name in view.defined ? [["define", words.editFormula] as const] : [];
  const hint = measureOf(cube, name)?.description ?? "";
  return { id: name, label: measureCaption(cube, name) + suffix, hint, field: null, measure: name, more: [["look", words.look], ...edit] };
}

function rangeText(end: MemberRange["from"]): string {
  if (end === undefined || end === null) return "";
  return isPath(end) ? end.map((key) => keyText(key, "", "")).join("/") : keyText(end, "", "");
}

function isPath(end: NonNullable<MemberRange["from"]>): end is KeyPath {
  return Array.isArray(end);
}
