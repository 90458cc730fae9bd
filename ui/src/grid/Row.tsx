import { memo } from "react";
import { isTogether, isTotal, type Line } from "./axis";
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
  /** The header: one caption, or one for each level. */
  readonly captions: readonly string[];
  /** The measure of the row, where measures stand on rows. */
  readonly of: string;
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
      className={`row ${isTotal(line) ? "total" : line.kind}${isTogether(line) ? " together" : ""} depth-${Math.min(line.depth, 4)}`}
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
            sum={sumOf(column, columns.length > props.measures)}
          />
        ))}
      </div>
    </div>
  );
}, isSame);

function sumOf({ line }: Column, hasOthers: boolean): CellProps["sum"] {
  if (line.kind === "subtotal") return "subsum";
  return line.kind === "total" && hasOthers ? "sum" : "";
}

/** Captions are listed anew each time; what they say tells. */
function isSame(one: RowProps, other: RowProps): boolean {
  return (Object.keys(one) as (keyof RowProps)[]).every(
    (name) => one[name] === other[name] || (name === "captions" && one.captions.join("\n") === other.captions.join("\n")),
  );
}

function RowHeader({ index, line, captions, of, head, active, onToggle }: RowProps) {
  const isTable = captions.length > 1;
  const caption = isTable ? captions[line.at]! : captions[0]!;
  return (
    <div
      role="rowheader"
      id={`cell-${index}--1`}
      data-row={index}
      data-column={-1}
      aria-colindex={1}
      className={`cell head${active === -1 ? " active" : ""}${line.member?.incomplete ? " incomplete" : ""}`}
      style={{ width: head, paddingInlineStart: 8 + (isTable ? 0 : line.depth * 18) }}
      title={[...captions.filter(Boolean), of].filter(Boolean).join(" · ")}
    >
      {isTable ? captions.slice(0, line.at).map((above, depth) => <Label key={depth} text={above} />) : null}
      <span
        className={line.expandable ? "caret" : "caret none"}
        data-open={line.expanded}
        aria-hidden="true"
        onClick={line.expandable ? () => onToggle(line) : undefined}
      />
      {line.kind === "loading" ? <span className="spinner" aria-hidden="true" /> : null}
      {line.kind === "member" && !line.member ? (
        <span className="skeleton wide" />
      ) : (
        <span className={`text${isTable ? " own" : ""}${line.isRepeat ? " repeat" : ""}`}>{caption}</span>
      )}
      {isTable ? captions.slice(line.at + 1).map((_, depth) => <Label key={depth} text="" />) : null}
      {of ? <span className="of">{of}</span> : null}
    </div>
  );
}

/** The label of a level above, repeated. */
function Label({ text }: { readonly text: string }) {
  return <span className="label">{text}</span>;
}

interface CellProps {
  readonly row: number;
  readonly column: number;
  readonly cell: ShownCell;
  readonly left: number;
  readonly width: number;
  readonly active: boolean;
  readonly selected: boolean;
  /** Whether its column is a total, or the total of an open member. */
  readonly sum: "sum" | "subsum" | "";
}

function Cell({ row, column, cell, left, width, active, selected, sum }: CellProps) {
  const marks = [
    active ? "active" : "",
    selected ? "selected" : "",
    sum,
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
