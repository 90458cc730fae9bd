// The table on the screen: a window onto rows and columns, with one tab stop. Focus stays on the grid itself and the
// cursor is told by aria-activedescendant, so that no arrival of data can take the focus away.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { parentLine, type Line } from "./axis";
import { columnExtent, edges, rowExtent, rowScroll } from "./extent";
import { HeaderRows, headerAt } from "./HeaderRows";
import type { Header } from "./headers";
import { labelsOf } from "./labels";
import type { Model } from "./model";
import { areaOf, clamp, contains, moved, type Area, type Place } from "./place";
import { MOST_PRINTED, usePrinting } from "./usePrinting";
import { Row, type ShownCell } from "./Row";

export const ROW_HEIGHT = 28;
const HEADER_HEIGHT = 30;
const LEAST_WIDTH = 48;
/** By how much a key changes a width. */
const STEP = 16;

export interface Sight {
  readonly first: number;
  readonly last: number;
  readonly left: number;
  readonly right: number;
}

export interface GridProps {
  readonly model: Model;
  readonly label: string;
  readonly help: string;
  readonly corner: string;
  readonly head: number;
  readonly widths: readonly number[];
  readonly stale: boolean;
  readonly show: (row: number, column: number) => ShownCell;
  readonly rowCaption: (line: Line) => string;
  /** What a line's measure is called, where measures stand on rows. */
  readonly measureName: (line: Line) => string;
  readonly headerCaption: (header: Header) => string;
  readonly headerHint: (header: Header) => string;
  readonly onSight: (sight: Sight) => void;
  readonly onToggle: (axis: "rows" | "columns", line: Line) => void;
  readonly onEnter: (row: number, column: number) => void;
  readonly onSort: (header: Header) => void;
  readonly onMenu: (target: MenuTarget) => void;
  readonly onSelect: (area: Area | null) => void;
  readonly onCopy: (area: Area) => void;
  readonly onWidth: (id: string, width: number | null) => void;
}

/** What a context menu was asked for, and where on the screen. */
export interface MenuTarget {
  readonly place: Place;
  readonly header: Header | null;
  readonly x: number;
  readonly y: number;
}

export function Grid(props: GridProps) {
  const { model, head, widths } = props;
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scroll, setScroll] = useState({ top: 0, left: 0 });
  const [active, setActive] = useState<Place>({ row: 0, column: -1 });
  const [anchor, setAnchor] = useState<Place | null>(null);
  const edge = useMemo(() => edges(widths), [widths]);
  const rows = model.rows;
  const headerHeight = model.headerDepth * HEADER_HEIGHT;
  const bodyHeight = Math.max(0, size.height - headerHeight);
  const isPrinting = usePrinting();
  const windowed = rowExtent(rows.length, ROW_HEIGHT, scroll.top, bodyHeight);
  const extent = isPrinting ? { ...windowed, first: 0, last: Math.min(rows.length, MOST_PRINTED), shift: 0 } : windowed;
  const inSight = columnExtent(edge, scroll.left, Math.max(0, size.width - head));
  const [left, right] = isPrinting ? [0, model.columns.length] : inSight;
  const page = Math.max(1, Math.floor(bodyHeight / ROW_HEIGHT) - 1);
  const bounds = { rows: rows.length, columns: model.columns.length, headers: model.headerDepth, page };
  const place = clamp(active, bounds);
  const area = anchor ? areaOf(anchor, place) : null;

  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    // An observer is told after layout and before paint: drawn at once, no frame shows a larger window with empty rows.
    const observer = new ResizeObserver(() => flushSync(measure));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { onSight, onSelect } = props;
  useEffect(() => {
    onSight({ first: extent.first, last: extent.last, left, right });
  }, [onSight, extent.first, extent.last, left, right]);
  useEffect(() => {
    onSelect(area && area.bottom >= area.top && area.right >= area.left ? area : null);
    // The area is made anew each time; its corners tell whether it changed.
  }, [onSelect, area?.top, area?.bottom, area?.left, area?.right]);

  const goTo = useCallback(
    (to: Place, extend: boolean) => {
      setAnchor((old) => (extend ? (old ?? place) : null));
      setActive(to);
      reveal(box.current!, to, { edge, head, count: rows.length, bodyHeight });
    },
    [place.row, place.column, edge, head, rows.length, bodyHeight],
  );

  const activate = (at: Place) => {
    const header = at.row < 0 ? headerAt(model.headers, model.headerDepth, at) : undefined;
    if (header) return header.kind === "measure" ? props.onSort(header) : openHeader(header);
    const line = rows[at.row];
    if (at.column >= 0) return props.onEnter(at.row, at.column);
    if (line?.expandable) props.onToggle("rows", line);
  };
  const openHeader = (header: Header) => {
    if (header.kind === "member" && header.line.expandable) props.onToggle("columns", header.line);
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const handled = handleKey(event);
    if (handled) event.preventDefault();
  };
  const handleKey = (event: React.KeyboardEvent): boolean => {
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key === "c") return (props.onCopy(area ?? areaOf(place, place)), true);
    if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) return (openMenuByKey(), true);
    if (event.altKey) return resizes(event.key);
    if (event.key === "Enter" || event.key === " ") return (activate(place), true);
    if (event.key === "Escape") return (setAnchor(null), true);
    if (turnsRow(event.key, ctrl)) return true;
    const to = moved(place, { key: event.key, ctrl }, bounds);
    if (to) goTo(to, event.shiftKey && to.row >= 0);
    return to !== null;
  };
  /** With Alt, left and right make the column of the cursor narrower and wider. */
  const resizes = (key: string): boolean => {
    const by = key === "ArrowRight" ? STEP : key === "ArrowLeft" ? -STEP : 0;
    const id = place.column < 0 ? "rows" : model.columns[place.column]?.measure;
    if (!by || !id) return false;
    props.onWidth(id, Math.max(LEAST_WIDTH, (place.column < 0 ? head : widths[place.column]!) + by));
    return true;
  };
  /** Left and right open and close a row at its header. */
  const turnsRow = (key: string, ctrl: boolean): boolean => {
    const line = rows[place.row];
    if (ctrl || place.column !== -1 || !line) return false;
    if (key === "ArrowRight" && line.expandable && !line.expanded) return (props.onToggle("rows", line), true);
    if (key !== "ArrowLeft") return false;
    if (line.expanded) return (props.onToggle("rows", line), true);
    const parent = parentLine(rows, place.row);
    if (parent >= 0) goTo({ row: parent, column: -1 }, false);
    return true;
  };
  const openMenuByKey = () => {
    const element = document.getElementById(activeId(model, place) ?? "");
    const rectangle = (element ?? box.current!).getBoundingClientRect();
    openMenu(place, rectangle.left + 24, rectangle.bottom - 4);
  };
  const openMenu = (at: Place, x: number, y: number) => {
    const header = at.row < 0 ? (headerAt(model.headers, model.headerDepth, at) ?? null) : null;
    props.onMenu({ place: at, header, x, y });
  };

  const placeOf = (event: React.SyntheticEvent): Place | null => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
  };
  const onPointerDown = (event: React.PointerEvent) => {
    const at = placeOf(event);
    if (!at || event.button !== 0) return;
    setAnchor(event.shiftKey ? (anchor ?? place) : at.row >= 0 && at.column >= 0 ? at : null);
    setActive(at);
  };
  const onPointerMove = (event: React.PointerEvent) => {
    if (event.buttons !== 1 || !anchor) return;
    const at = placeOf(event);
    if (at && at.row >= 0 && at.column >= 0) setActive(at);
  };
  const onClick = (event: React.MouseEvent) => {
    const at = placeOf(event);
    const isOther = (event.target as HTMLElement).closest(".caret:not(.none), .grip");
    if (at && at.row < 0 && at.column >= 0 && !isOther) {
      const header = headerAt(model.headers, model.headerDepth, at);
      if (header?.kind === "measure") props.onSort(header);
    }
  };
  const onDoubleClick = (event: React.MouseEvent) => {
    const at = placeOf(event);
    if (at && at.row >= 0 && !(event.target as HTMLElement).closest(".caret:not(.none), .grip")) activate(at);
  };
  const onContextMenu = (event: React.MouseEvent) => {
    const at = placeOf(event);
    if (!at) return;
    event.preventDefault();
    setActive(at);
    openMenu(at, event.clientX, event.clientY);
  };

  const onResize = (id: string, event: React.PointerEvent, width: number) => {
    event.preventDefault();
    event.stopPropagation();
    const start = event.clientX;
    const drag = (moving: PointerEvent) => props.onWidth(id, Math.max(LEAST_WIDTH, Math.round(width + moving.clientX - start)));
    const stop = () => window.removeEventListener("pointermove", drag);
    window.addEventListener("pointermove", drag);
    window.addEventListener("pointerup", stop, { once: true });
  };

  const { onToggle } = props;
  const toggleRow = useCallback((line: Line) => onToggle("rows", line), [onToggle]);
  const toggleColumn = useCallback((line: Line) => onToggle("columns", line), [onToggle]);
  const seen = rows.slice(extent.first, extent.last);
  return (
    <div
      ref={box}
      className={`grid${props.stale ? " stale" : ""}`}
      role="treegrid"
      tabIndex={0}
      aria-label={props.label}
      aria-description={props.help}
      aria-rowcount={rows.length + model.headerDepth}
      aria-colcount={model.columns.length + 1}
      aria-busy={props.stale}
      aria-multiselectable="true"
      aria-activedescendant={activeId(model, place)}
      onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, left: event.currentTarget.scrollLeft })}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
      onContextMenu={onContextMenu}
    >
      <div role="presentation" style={{ height: headerHeight + extent.height, width: head + edge.at(-1)! }}>
        <div
          role="presentation"
          className="sight"
          style={{ ["--x" as string]: `${-scroll.left}px`, width: size.width, height: size.height }}
        >
          <HeaderRows
            headers={model.headers}
            depth={model.headerDepth}
            height={HEADER_HEIGHT}
            head={head}
            edge={edge}
            first={left}
            last={right}
            scrolled={scroll.left}
            active={place.row < 0 ? place : null}
            sort={model.view.sort}
            corner={props.corner}
            caption={props.headerCaption}
            hint={props.headerHint}
            onToggle={toggleColumn}
            onResize={onResize}
            onFit={(id) => props.onWidth(id, null)}
          />
          <div role="presentation" className="body" style={{ top: headerHeight }}>
            <div role="rowgroup" style={{ transform: `translateY(${-extent.shift}px)` }}>
              {seen.map((line, at) => {
                const index = extent.first + at;
                return (
                  <Row
                    key={index}
                    index={index}
                    line={line}
                    captions={labelsOf(line, model.view.layout, model.questions.rowLevels.length, props.rowCaption)}
                    of={props.measureName(line)}
                    count={line.group.count}
                    head={head}
                    ariaRow={index + model.headerDepth + 1}
                    columns={model.columns}
                    edge={edge}
                    measures={model.view.measures.length}
                    first={left}
                    last={right}
                    active={place.row === index ? place.column : null}
                    area={area && contains(area, index, area.left) ? area : null}
                    show={props.show}
                    onToggle={toggleRow}
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

function activeId(model: Model, place: Place): string | undefined {
  if (place.row >= 0) return `cell-${place.row}-${place.column}`;
  if (place.column < 0) return "corner";
  const header = headerAt(model.headers, model.headerDepth, place);
  return header && `head-${header.top}-${header.start}`;
}

interface Frame {
  readonly edge: readonly number[];
  readonly head: number;
  readonly count: number;
  readonly bodyHeight: number;
}

/** Scroll as little as brings a place into sight. */
function reveal(box: HTMLDivElement, place: Place, { edge, head, count, bodyHeight }: Frame): void {
  if (place.row >= 0) {
    const top = rowScroll(place.row, count, ROW_HEIGHT, bodyHeight);
    const low = rowScroll(Math.max(0, place.row + 1 - Math.floor(bodyHeight / ROW_HEIGHT)), count, ROW_HEIGHT, bodyHeight);
    if (box.scrollTop > top) box.scrollTop = top;
    else if (box.scrollTop < low) box.scrollTop = low + ROW_HEIGHT;
  }
  if (place.column < 0) return;
  const [left, right] = [edge[place.column]!, edge[place.column + 1]!];
  if (box.scrollLeft > left) box.scrollLeft = left;
  else if (box.scrollLeft < right - (box.clientWidth - head)) box.scrollLeft = right - (box.clientWidth - head);
}
