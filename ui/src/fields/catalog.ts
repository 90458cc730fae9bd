// What can be placed on shelves, out of a cube's model. Pure.

import type { Cube } from "../api/types";
import type { Field } from "../view/view";

export interface Item {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  /** How far it is indented below its heading. */
  readonly depth: number;
  readonly field: Field | null;
  readonly measure: string | null;
}

export interface Section {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly items: readonly Item[];
}

/** Measures by folder (`unfiled` names those in none), then dimensions with their hierarchies, levels and attributes. */
export function catalog(cube: Cube, unfiled: string): readonly Section[] {
  return [...measureSections(cube, unfiled), ...cube.dimensions.map(dimensionSection)];
}

function measureSections(cube: Cube, unfiled: string): readonly Section[] {
  const folders = Map.groupBy(cube.measures, (measure) => measure.folder);
  return [...folders].map(([folder, measures]) => ({
    id: `folder:${folder}`,
    label: folder || unfiled,
    hint: "",
    items: measures.map((measure) => ({
      id: `measure:${measure.name}`,
      label: measure.label,
      hint: [measure.description, measure.formula ?? "", measure.unit].filter(Boolean).join(" · "),
      depth: 0,
      field: null,
      measure: measure.name,
    })),
  }));
}

function dimensionSection(dimension: Cube["dimensions"][number]): Section {
  const items = dimension.hierarchies.flatMap((hierarchy): readonly Item[] => {
    const levels = hierarchy.levels.map((level) => level.name);
    const single = (level: (typeof hierarchy.levels)[number], depth: number): Item => ({
      id: `level:${level.name}`,
      label: level.label,
      hint: level.description,
      depth,
      field: { levels: [level.name] },
      measure: null,
    });
    if (levels.length === 1) return [single(hierarchy.levels[0]!, 0)];
    const path = hierarchy.levels.map((level) => level.label).join(" › ");
    const hint = [hierarchy.description, path].filter(Boolean).join(" · ");
    const whole = { id: `hierarchy:${hierarchy.name}`, label: hierarchy.label, hint, depth: 0 };
    return [{ ...whole, field: { levels }, measure: null }, ...hierarchy.levels.map((level) => single(level, 1))];
  });
  return { id: `dimension:${dimension.name}`, label: dimension.label, hint: dimension.description, items };
}

/** The sections with the items that a search finds. */
export function search(sections: readonly Section[], text: string): readonly Section[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return sections;
  const found = (item: { readonly label: string; readonly hint: string; readonly id: string }) =>
    `${item.label} ${item.hint} ${item.id}`.toLowerCase().includes(wanted);
  return sections
    .map((section) => (section.label.toLowerCase().includes(wanted) ? section : { ...section, items: section.items.filter(found) }))
    .filter((section) => section.items.length > 0);
}
