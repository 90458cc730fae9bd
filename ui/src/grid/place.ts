// Where the cursor of the grid is, and where keys take it. Pure.

/** A cell: rows from -1 up are header lines (-1 the lowest), column -1 is the row headers. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Bounds {
  readonly rows: number;
  readonly columns: number;
  readonly headers: number;
  readonly page: number;
}

export interface Stroke {
  readonly key: string;
  readonly ctrl: boolean;
}

/** Where a key takes the cursor; null for keys that move nothing. */
export function moved(from: Place, { key, ctrl }: Stroke, bounds: Bounds): Place | null {
  const to = target(from, key, ctrl, bounds);
  return to && clamp(to, bounds);
}

function target(from: Place, key: string, ctrl: boolean, bounds: Bounds): Place | null {
  switch (key) {
    case "ArrowDown":
      return { ...from, row: ctrl ? bounds.rows - 1 : from.row + 1 };
    case "ArrowUp":
      return { ...from, row: ctrl ? 0 : from.row - 1 };
    case "ArrowLeft":
      return { ...from, column: ctrl ? -1 : from.column - 1 };
    case "ArrowRight":
      return { ...from, column: ctrl ? bounds.columns - 1 : from.column + 1 };
    case "Home":
      return ctrl ? { row: 0, column: -1 } : { ...from, column: -1 };
    case "End":
      return ctrl ? { row: bounds.rows - 1, column: bounds.columns - 1 } : { ...from, column: bounds.columns - 1 };
    case "PageDown":
      return { ...from, row: from.row + bounds.page };
    case "PageUp":
      return { ...from, row: Math.max(from.row - bounds.page, Math.min(from.row, 0)) };
    default:
      return null;
  }
}

export function clamp(place: Place, bounds: Bounds): Place {
  return {
    row: Math.max(-bounds.headers, Math.min(place.row, bounds.rows - 1)),
    column: Math.max(-1, Math.min(place.column, bounds.columns - 1)),
  };
}

/** The cells from one place to another, whichever way. */
export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function areaOf(one: Place, other: Place): Area {
  return {
    top: Math.max(0, Math.min(one.row, other.row)),
    bottom: Math.max(one.row, other.row),
    left: Math.max(0, Math.min(one.column, other.column)),
    right: Math.max(one.column, other.column),
  };
}

export function contains(area: Area, row: number, column: number): boolean {
  return row >= area.top && row <= area.bottom && column >= area.left && column <= area.right;
}
