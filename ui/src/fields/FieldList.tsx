import { useMemo, useState } from "react";
import {
  Button,
  DropZone,
  GridList,
  GridListItem,
  Input,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  SearchField,
  useDragAndDrop,
} from "react-aria-components";
import type { Cube } from "../api/types";
import { useSpeech } from "../text/language";
import { catalog, search, type Item, type Section } from "./catalog";
import { FIELD_TYPE, pack, unpack, type Dragged } from "./drag";
import { drop, shelvesFor, type Dropping } from "./moves";
import type { Shelf } from "../view/view";

interface Props extends Dropping {
  readonly cube: Cube;
  readonly used: ReadonlySet<string>;
}

/** All that a cube has, to be dragged or moved to shelves. What is dropped here leaves its shelf. */
export function FieldList({ cube, used, ...dropping }: Props) {
  const { words } = useSpeech();
  const [text, setText] = useState("");
  const sections = useMemo(() => catalog(cube, words.measures), [cube, words]);
  const found = search(sections, text);
  return (
    <DropZone
      className="field-list"
      aria-label={words.fields}
      getDropOperation={(types) => (types.has(FIELD_TYPE) ? "move" : "cancel")}
      onDrop={(event) => void unpack(event.items).then((dragged) => dragged && drop(dragged, null, null, dropping))}
    >
      <SearchField aria-label={words.searchFields} value={text} onChange={setText} className="search">
        <Input placeholder={words.searchFields} />
      </SearchField>
      {found.map((section) => (
        <FieldSection key={section.id} section={section} used={used} isFound={text !== ""} {...dropping} />
      ))}
    </DropZone>
  );
}

interface SectionProps extends Dropping {
  readonly section: Section;
  readonly used: ReadonlySet<string>;
  readonly isFound: boolean;
}

function FieldSection({ section, used, isFound, ...dropping }: SectionProps) {
  const [isOpen, setOpen] = useState(!section.id.startsWith("dimension:customer"));
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => section.items.filter((item) => keys.has(item.id)).map((item) => pack(draggedOf(item), item.label)),
    getAllowedDropOperations: () => ["move", "copy"],
  });
  return (
    <section className="field-section">
      <Button className="heading" aria-expanded={isOpen || isFound} onPress={() => setOpen(!isOpen)}>
        <span className="caret" data-open={isOpen || isFound} aria-hidden="true" />
        <span title={section.hint}>{section.label}</span>
      </Button>
      {isOpen || isFound ? (
        <GridList aria-label={section.label} items={section.items} dependencies={[used, dropping.dispatch]} dragAndDropHooks={dragAndDropHooks} className="fields">
          {(item) => <FieldItem item={item} isUsed={isUsed(item, used)} {...dropping} />}
        </GridList>
      ) : null}
    </section>
  );
}

function FieldItem({ item, isUsed, ...dropping }: { readonly item: Item; readonly isUsed: boolean } & Dropping) {
  const dragged = draggedOf(item);
  return (
    <GridListItem id={item.id} textValue={item.label} className={`field depth-${item.depth}${isUsed ? " used" : ""}`}>
      <Button slot="drag" className="handle" aria-label={item.label}>
        ⠿
      </Button>
      <span className={`label ${item.measure ? "measure" : item.field!.levels.length > 1 ? "whole" : "level"}`} title={item.hint}>
        {item.label}
      </span>
      <MoveMenu dragged={dragged} label={item.label} {...dropping} />
    </GridListItem>
  );
}

function MoveMenu({ dragged, label, ...dropping }: { readonly dragged: Dragged; readonly label: string } & Dropping) {
  const { words } = useSpeech();
  const names: Record<Shelf, string> = {
    rows: words.rows,
    columns: words.columns,
    filters: words.filters,
    measures: words.values,
  };
  return (
    <MenuTrigger>
      <Button className="more" aria-label={`${words.moveTo}: ${label}`}>
        ⋯
      </Button>
      <Popover>
        <Menu onAction={(shelf) => drop(dragged, shelf as Shelf, null, dropping)}>
          {shelvesFor(dragged).map((shelf) => (
            <MenuItem key={shelf} id={shelf}>
              {`${words.moveTo}: ${names[shelf]}`}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function draggedOf(item: Item): Dragged {
  return { field: item.field, measure: item.measure, from: null };
}

function isUsed(item: Item, used: ReadonlySet<string>): boolean {
  return item.measure !== null ? used.has(item.measure) : item.field!.levels.every((level) => used.has(level));
}
