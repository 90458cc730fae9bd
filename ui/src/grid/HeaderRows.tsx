import type { Sort } from "../view/view";
import { pathId } from "../view/view";
import type { Line } from "./axis";
import type { Header } from "./headers";
import type { Place } from "./place";

interface Props {
  readonly headers: readonly Header[];
  readonly depth: number;
  readonly height: number;
  readonly head: number;
  readonly edge: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly scrolled: number;
  readonly active: Place | null;
  readonly sort: Sort | null;
  readonly corner: string;
  readonly caption: (header: Header) => string;
  readonly hint: (header: Header) => string;
  readonly onToggle: (line: Line) => void;
  readonly onResize: (id: string, event: React.PointerEvent, width: number) => void;
  readonly onFit: (id: string) => void;
}

/** The header cell under a place. */
export function headerAt(headers: readonly Header[], depth: number, place: Place): Header | undefined {
  const level = depth + place.row;
  return headers.find(
    (header) =>
      header.start <= place.column && place.column < header.end && header.top <= level && level < header.bottom,
  );
}

/** The frozen header lines. A wide parent keeps its label in sight while its children scroll. */
export function HeaderRows(props: Props) {
  const { headers, depth, first, last, active } = props;
  const current = active && active.row < 0 && active.column >= 0 ? headerAt(headers, depth, active) : undefined;
  const seen = headers.filter((header) => header.start < last && header.end > first);
  return (
    <div role="rowgroup" className="headers">
      {Array.from({ length: depth }, (_, level) => (
        <div key={level} role="row" aria-rowindex={level + 1} className="header-row" style={{ height: props.height }}>
          {level === 0 ? <Corner {...props} /> : null}
          <div className="cells" role="presentation" style={{ left: props.head }}>
            {seen
              .filter((header) => header.top === level)
              .map((header) => (
                <HeaderCell key={header.id} {...props} header={header} isActive={header === current} />
              ))}
          </div>
        </div>
      ))}
    </div>
  );
}

function Corner({ depth, height, head, corner, active, onResize, onFit }: Props) {
  const isActive = active !== null && active.row < 0 && active.column === -1;
  return (
    <div
      role="columnheader"
      id="corner"
      data-row={-1}
      data-column={-1}
      aria-colindex={1}
      className={`cell head corner${isActive ? " active" : ""}`}
      style={{ width: head, height: depth * height }}
      title={corner}
    >
      <span className="text">{corner}</span>
      <span
        className="grip"
        aria-hidden="true"
        onPointerDown={(event) => onResize("rows", event, head)}
        onDoubleClick={() => onFit("rows")}
      />
    </div>
  );
}

function HeaderCell(props: Props & { readonly header: Header; readonly isActive: boolean }) {
  const { header, edge, height, scrolled, depth } = props;
  const [left, right] = [edge[header.start]!, edge[header.end]!];
  const inset = header.end - header.start > 1 ? Math.max(0, Math.min(scrolled - left, right - left - 90)) : 0;
  const { line } = header;
  const canOpen = header.kind === "member" && line.expandable;
  const sorted = sortState(header, props.sort);
  return (
    <div
      role="columnheader"
      id={`head-${header.top}-${header.start}`}
      data-row={header.bottom - 1 - depth}
      data-column={header.start}
      data-header={header.id}
      aria-colindex={header.start + 2}
      aria-colspan={header.end - header.start > 1 ? header.end - header.start : undefined}
      aria-expanded={canOpen ? line.expanded : undefined}
      aria-sort={header.kind === "measure" ? sorted : undefined}
      className={`cell header ${header.kind}${header.kind === "member" && line.member?.incomplete ? " incomplete" : ""}${props.isActive ? " active" : ""}${line.kind === "total" ? " sum" : line.kind === "subtotal" ? " subsum" : ""}`}
      style={{ left, width: right - left, height: (header.bottom - header.top) * height }}
      title={props.hint(header)}
    >
      <span className="sticky" style={{ paddingInlineStart: inset }}>
        {canOpen ? (
          <span className="caret" data-open={line.expanded} aria-hidden="true" onClick={() => props.onToggle(line)} />
        ) : null}
        {header.kind === "loading" ? <span className="spinner" aria-hidden="true" /> : null}
        <span className="text">{props.caption(header)}</span>
        {sorted && sorted !== "none" ? <span className="sort" data-sort={sorted} aria-hidden="true" /> : null}
      </span>
      {header.kind === "measure" ? (
        <span
          className="grip"
          aria-hidden="true"
          onPointerDown={(event) => props.onResize(header.measure!, event, right - left)}
          onDoubleClick={() => props.onFit(header.measure!)}
        />
      ) : null}
    </div>
  );
}

function sortState(header: Header, sort: Sort | null): "ascending" | "descending" | "none" {
  const isIt = sort?.by === header.measure && sort && header.line.path && pathId(sort.at) === pathId(header.line.path);
  if (!isIt) return "none";
  return sort.desc ? "descending" : "ascending";
}
