import { memo } from "react";
import type { Line } from "./axis";
import type { Area } from "./place";
import type { Mark } from "./cells";
import type { Column } from "./headers";

export interface ShownCell {
  readonly text: string;
  readonly state: "ready" | "loading" | "error";
  readonly mark: Mark | null;
  readonly negative: boolean;
}

export interface RowProps {
  readonly index: number;
  readonly line: Line;
  readonly caption: string;
  readonly count: number;
  readonly head: number;
  readonly ariaRow: number;
  readonly columns: readonly Column[];
  readonly edge: readonly number[];
  /** How many columns each member has. */
  readonly measures: number;
  readonly first: number;
  readonly last: number;
  /** The column of the cursor if it is in this row, else null. */
  readonly active: number | null;
  readonly area: Area | null;
  readonly show: (row: number, column: number) => ShownCell;
  readonly onToggle: (line: Line) => void;
}

/** A row of the grid: its header, and the cells in sight. */
export const Row = memo(function Row(props: RowProps) {
  const { index, line, columns, edge, first, last } = props;
  const shown = columns.slice(first, last);
  return (
    <div
      role="row"
      className={`row ${line.kind} depth-${Math.min(line.depth, 4)}`}
      aria-rowindex={props.ariaRow}
      aria-level={line.depth + 1}
      aria-posinset={line.place >= 0 ? line.place + 1 : undefined}
      aria-setsize={line.place >= 0 ? props.count : undefined}
      aria-expanded={line.expandable ? line.expanded : undefined}
    >
      <RowHeader {...props} />
      <div className="cells" role="presentation" style={{ left: props.head }}>
        {shown.map((column, at) => (
          <Cell
            key={column.id}
            row={index}
            column={first + at}
            cell={props.show(index, first + at)}
            left={edge[first + at]!}
            width={edge[first + at + 1]! - edge[first + at]!}
            active={props.active === first + at}
            selected={props.area !== null && first + at >= props.area.left && first + at <= props.area.right}
            own={column.line.kind === "total" && columns.length > props.measures}
          />
        ))}
      </div>
    </div>
  );
});

function RowHeader({ index, line, caption, head, active, onToggle }: RowProps) {
  return (
    <div
      role="rowheader"
      id={`cell-${index}--1`}
      data-row={index}
      data-column={-1}
      aria-colindex={1}
      className={`cell head${active === -1 ? " active" : ""}`}
      style={{ width: head, paddingInlineStart: 8 + line.depth * 18 }}
      title={caption}
    >
      <span
        className={line.expandable ? "caret" : "caret none"}
        data-open={line.expanded}
        aria-hidden="true"
        onClick={line.expandable ? () => onToggle(line) : undefined}
      />
      {line.kind === "loading" ? <span className="spinner" aria-hidden="true" /> : null}
      {line.kind === "member" && !line.member ? <span className="skeleton wide" /> : <span className="text">{caption}</span>}
    </div>
  );
}

interface CellProps {
  readonly row: number;
  readonly column: number;
  readonly cell: ShownCell;
  readonly left: number;
  readonly width: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly own: boolean;
}

function Cell({ row, column, cell, left, width, active, selected, own }: CellProps) {
  const marks = [
    active ? "active" : "",
    selected ? "selected" : "",
    own ? "sum" : "",
    cell.negative ? "negative" : "",
    cell.mark?.degree == null ? "" : `heat-${Math.round(cell.mark.degree * 10)}`,
    cell.mark?.ruled ? "ruled" : "",
    cell.state,
  ];
  return (
    <div
      role="gridcell"
      id={`cell-${row}-${column}`}
      data-row={row}
      data-column={column}
      aria-colindex={column + 2}
      aria-busy={cell.state === "loading" || undefined}
      className={`cell value ${marks.filter(Boolean).join(" ")}`}
      style={{ left, width }}
    >
      {cell.mark?.bar == null ? null : <span className="bar" style={{ width: `${(cell.mark.bar * 100).toFixed(1)}%` }} />}
      {cell.state === "loading" ? <span className="skeleton" /> : <span className="number">{cell.text}</span>}
    </div>
  );
}
