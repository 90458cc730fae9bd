import { useRef } from "react";
import { Menu, MenuItem, Popover, Separator } from "react-aria-components";
import type { Cube } from "../api/types";
import type { Line } from "../grid/axis";
import type { MenuTarget } from "../grid/Grid";
import type { Header } from "../grid/headers";
import type { Model } from "../grid/model";
import { useSpeech } from "../text/language";
import type { Move } from "../view/history";
import { pathId, type AxisName, type Path, type View } from "../view/view";

interface Props {
  readonly menu: MenuTarget;
  readonly model: Model;
  readonly cube: Cube;
  readonly view: View;
  readonly dispatch: (move: Move) => void;
  readonly onClose: () => void;
  readonly onFacts: (row: number, column: number) => void;
  readonly onExplain: (row: number, column: number) => void;
  readonly onSort: (header: Header) => void;
  readonly onFilter: (level: string) => void;
  readonly onLook: (measure: string) => void;
  readonly onLevel: (level: string) => void;
  readonly onSplit: (path: Path) => void;
  readonly onSiblings: (parent: Path) => void;
  readonly onCopy: () => void;
}

type Entry = readonly [id: string, label: string, run: () => void] | null;

/** What can be done at a cell or a header. */
export function GridMenu(props: Props) {
  const anchor = useRef<HTMLSpanElement>(null);
  const { menu, onClose } = props;
  const entries = useEntries(props);
  const runs = new Map(entries.filter((entry) => entry !== null).map(([id, , run]) => [id, run]));
  return (
    <>
      <span ref={anchor} className="anchor" style={{ left: menu.x, top: menu.y }} />
      <Popover isOpen onOpenChange={(isOpen) => isOpen || onClose()} triggerRef={anchor} placement="bottom start">
        <Menu aria-label="…" autoFocus="first" onAction={(id) => runs.get(String(id))?.()} onClose={onClose}>
          {entries.map((entry, at) =>
            entry ? (
              <MenuItem key={entry[0]} id={entry[0]}>
                {entry[1]}
              </MenuItem>
            ) : (
              <Separator key={`line-${at}`} />
            ),
          )}
        </Menu>
      </Popover>
    </>
  );
}

function useEntries(props: Props): readonly Entry[] {
  const { words } = useSpeech();
  const { menu, model } = props;
  const { row, column } = menu.place;
  if (row >= 0 && column >= 0)
    return [
      ["facts", words.showFacts, () => props.onFacts(row, column)],
      ["explain", words.explain, () => props.onExplain(row, column)],
      ["copy", words.copyValue, props.onCopy],
    ];
  if (menu.header?.kind === "measure") return measureEntries(props, menu.header, words);
  const line = row >= 0 ? model.rows[row] : menu.header?.line;
  return line ? memberEntries(props, line, row >= 0 ? "rows" : "columns", words) : [];
}

function measureEntries(props: Props, header: Header, words: ReturnType<typeof useSpeech>["words"]): readonly Entry[] {
  const { view, dispatch } = props;
  const by = header.measure!;
  const at = header.line.path ?? [];
  const format = view.formats[by] ?? {};
  const isHot = format.colour === "heat";
  return [
    ["desc", words.sortDescending, () => dispatch({ do: "sort", sort: { by, desc: true, at } })],
    ["asc", words.sortAscending, () => dispatch({ do: "sort", sort: { by, desc: false, at } })],
    ["natural", words.sortNatural, () => dispatch({ do: "sort", sort: null })],
    null,
    ["heat", isHot ? `✓ ${words.heat}` : words.heat, () => dispatch({ do: "format", measure: by, format: { ...format, colour: isHot ? "none" : "heat" } })],
    ["look", words.look, () => props.onLook(by)],
    ["remove", words.remove, () => dispatch({ do: "remove", shelf: "measures", id: by })],
  ];
}

/** Where measures stand on rows, no header of a column is one: rows are sorted from the menus. */
function sortEntries({ view, dispatch }: Props, at: Path, measure: string | undefined, words: ReturnType<typeof useSpeech>["words"]): readonly Entry[] {
  const by = measure ?? view.sort?.by ?? view.measures[0] ?? "";
  return [
    ["desc", words.sortDescending, () => dispatch({ do: "sort", sort: { by, desc: true, at } })],
    ["asc", words.sortAscending, () => dispatch({ do: "sort", sort: { by, desc: false, at } })],
  ];
}

function rowEntries(props: Props, path: Path, words: ReturnType<typeof useSpeech>["words"]): readonly Entry[] {
  return [
    ["split", words.splitBy, () => props.onSplit(path)],
    ["level", words.levelRows, () => props.onLevel(path.at(-1)!.level)],
  ];
}

function memberEntries(props: Props, line: Line, axis: AxisName, words: ReturnType<typeof useSpeech>["words"]): readonly Entry[] {
  const { dispatch, view, model } = props;
  const { path } = line;
  const last = path?.at(-1);
  if (!path || !last) return [["natural", words.sortNatural, () => dispatch({ do: "sort", sort: null })]];
  const lines = axis === "rows" ? model.rows : model.lines;
  const siblings = () => {
    if (axis === "rows") return props.onSiblings(line.group.path);
    const beside = lines.filter((other) => other.kind === "member" && other.group === line.group && other.path);
    const known = new Set(view.open[axis].map(pathId));
    const added = beside.map((other) => other.path!).filter((other) => !known.has(pathId(other)));
    dispatch({ do: "open", axis, paths: [...view.open[axis], ...added] });
  };
  const opening: readonly Entry[] = line.expandable
    ? [
        ["toggle", line.expanded ? words.collapse : words.expand, () => dispatch({ do: "toggle", axis, path })],
        ["siblings", words.expandSiblings, siblings],
        null,
      ]
    : [];
  return [
    ...opening,
    ["keep", words.keepOnly, () => dispatch({ do: "keep", path, exclude: false })],
    ["exclude", words.exclude, () => dispatch({ do: "keep", path, exclude: true })],
    ...(view.measuresOn === "rows" ? sortEntries(props, axis === "rows" ? [] : path, line.measure, words) : []),
    ["filter", words.filter, () => props.onFilter(last.level)],
    ...(axis === "rows" ? rowEntries(props, path, words) : []),
    null,
    ["natural", words.sortNatural, () => dispatch({ do: "sort", sort: null })],
  ];
}
