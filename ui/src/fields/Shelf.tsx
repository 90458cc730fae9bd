import { Button, GridList, GridListItem, Menu, MenuItem, MenuTrigger, Popover, useDragAndDrop } from "react-aria-components";
import type { Field, Shelf as ShelfName } from "../view/view";
import { useSpeech } from "../text/language";
import { FIELD_TYPE, pack, unpack, type Dragged } from "./drag";
import { drop, shelvesFor, type Dropping } from "./moves";

export interface Chip {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly field: Field | null;
  readonly measure: string | null;
  /** More things to do with it: id and label. */
  readonly more: readonly (readonly [string, string])[];
}

interface Props extends Dropping {
  readonly name: ShelfName;
  readonly title: string;
  readonly chips: readonly Chip[];
  readonly onMore: (chip: Chip, action: string) => void;
}

/** A place for fields: on an axis, among the filters, or measures among the values. */
export function Shelf({ name, title, chips, onMore, ...dropping }: Props) {
  const { words } = useSpeech();
  const draggedOf = (chip: Chip): Dragged => ({ field: chip.field, measure: chip.measure, from: { shelf: name, id: chip.id } });
  const put = (items: Parameters<typeof unpack>[0], before: string | null) =>
    void unpack(items).then((dragged) => dragged && drop(dragged, name, before, dropping));
  const behind = (key: React.Key, position: string): string | null => {
    const at = chips.findIndex((chip) => chip.id === key);
    return position === "after" ? (chips[at + 1]?.id ?? null) : String(key);
  };
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => chips.filter((chip) => keys.has(chip.id)).map((chip) => pack(draggedOf(chip), chip.label)),
    acceptedDragTypes: [FIELD_TYPE],
    getDropOperation: () => "move",
    onInsert: (event) => put(event.items, behind(event.target.key, event.target.dropPosition)),
    onRootDrop: (event) => put(event.items, null),
    onReorder: (event) => {
      const chip = chips.find((each) => event.keys.has(each.id));
      if (chip) drop(draggedOf(chip), name, behind(event.target.key, event.target.dropPosition), dropping);
    },
  });
  return (
    <section className="shelf" data-shelf={name}>
      <h2>{title}</h2>
      <GridList
        aria-label={title}
        items={chips}
        dragAndDropHooks={dragAndDropHooks}
        className="chips"
        renderEmptyState={() => <span className="hint">{words.dropHere}</span>}
      >
        {(chip) => (
          <GridListItem id={chip.id} textValue={chip.label} className="chip">
            <Button slot="drag" className="handle" aria-label={chip.label}>
              ⠿
            </Button>
            <span className="label" title={chip.hint}>
              {chip.label}
            </span>
            <ChipMenu chip={chip} shelf={name} at={chips.indexOf(chip)} chips={chips} onMore={onMore} {...dropping} />
            <Button
              className="more"
              aria-label={`${words.remove}: ${chip.label}`}
              onPress={() => dropping.dispatch({ do: "remove", shelf: name, id: chip.id })}
            >
              ×
            </Button>
          </GridListItem>
        )}
      </GridList>
    </section>
  );
}

interface MenuProps extends Dropping {
  readonly chip: Chip;
  readonly shelf: ShelfName;
  readonly at: number;
  readonly chips: readonly Chip[];
  readonly onMore: (chip: Chip, action: string) => void;
}

function ChipMenu({ chip, shelf, at, chips, onMore, ...dropping }: MenuProps) {
  const { words } = useSpeech();
  const dragged: Dragged = { field: chip.field, measure: chip.measure, from: { shelf, id: chip.id } };
  const names = { rows: words.rows, columns: words.columns, filters: words.filters, measures: words.values };
  const others = shelvesFor(dragged).filter((other) => other !== shelf);
  const isOrdered = shelf !== "filters";
  const act = (action: string) => {
    if (action === "up") drop(dragged, shelf, chips[at - 1]?.id ?? null, dropping);
    else if (action === "down") drop(dragged, shelf, chips[at + 2]?.id ?? null, dropping);
    else if (action.startsWith("to:")) drop(dragged, action.slice(3) as ShelfName, null, dropping);
    else onMore(chip, action);
  };
  return (
    <MenuTrigger>
      <Button className="more" aria-label={`${words.options}: ${chip.label}`}>
        ⋯
      </Button>
      <Popover>
        <Menu onAction={(action) => act(String(action))}>
          {chip.more.map(([id, label]) => (
            <MenuItem key={id} id={id}>
              {label}
            </MenuItem>
          ))}
          {isOrdered && at > 0 ? <MenuItem id="up">{words.moveUp}</MenuItem> : null}
          {isOrdered && at < chips.length - 1 ? <MenuItem id="down">{words.moveDown}</MenuItem> : null}
          {shelf === "filters"
            ? null
            : others.map((other) => <MenuItem key={other} id={`to:${other}`}>{`${words.moveTo}: ${names[other]}`}</MenuItem>)}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
