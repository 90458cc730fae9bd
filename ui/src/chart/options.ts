// ECharts' options for a drawing. Pure.

import type { Chart } from "../view/view";
import type { Drawing } from "./series";

const INK = "#7b8791";
const FAINT = "rgba(123, 135, 145, 0.25)";
/** Told apart by those who see few colours too (after Okabe and Ito). */
const COLOURS = ["#2f7ea6", "#e08e2b", "#3c9c7c", "#c65d4a", "#8b6fb0", "#b8a33a", "#5fb2d9", "#8a8f96", "#d88fb2", "#4f6d3a", "#a0522d", "#20808d"];

export type Write = (value: number) => string;
type Options = Readonly<Record<string, unknown>>;

const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });
const compact = (value: number) => COMPACT.format(value);

/** What a click met, as ECharts tells it. */
export interface Clicked {
  readonly dataIndex?: number | undefined;
  readonly seriesIndex?: number | undefined;
  readonly value?: unknown;
}

/** The row of the drawing that a click met. By its place, not its name: two rows may be called alike. */
export function rowOf(kind: Chart, { dataIndex = -1, seriesIndex = -1, value }: Clicked): number {
  if (kind === "line") return seriesIndex;
  if (kind === "heat") return Array.isArray(value) ? Number(value[1]) : -1;
  return kind === "treemap" ? dataIndex - 1 : dataIndex;
}

export function chartOptions(kind: Chart, drawing: Drawing, write: Write): Options {
  return { ...common(write), ...specific(kind, drawing) };
}

function common(write: Write): Options {
  return {
    color: COLOURS,
    animation: false,
    textStyle: { color: INK, fontFamily: "system-ui, sans-serif" },
    // Drawn as text: markup with styles of its own would offend the content security policy.
    tooltip: { renderMode: "richText", valueFormatter: (value: unknown) => (typeof value === "number" ? write(value) : "") },
  };
}

function specific(kind: Chart, drawing: Drawing): Options {
  switch (kind) {
    case "line":
      return axes(drawing.series.map((series) => series.name), lines(drawing), 10);
    case "pie":
      return { series: [{ type: "pie", radius: ["35%", "70%"], label: { color: INK }, data: slices(drawing) }] };
    case "treemap":
      return { series: [{ type: "treemap", roam: false, nodeClick: false, left: 4, right: 4, top: 4, bottom: 4, breadcrumb: { show: false }, data: slices(drawing) }] };
    case "heat":
      return heat(drawing);
    default:
      return axes(drawing.names, bars(drawing, kind === "stacked"), drawing.series.length);
  }
}

function axes(names: readonly string[], series: readonly object[], entries: number): Options {
  return {
    legend: { show: entries > 1, type: "scroll", top: 0, textStyle: { color: INK } },
    grid: { left: 12, right: 16, top: entries > 1 ? 34 : 14, bottom: 8, outerBoundsMode: "same" },
    xAxis: { type: "category", data: names, axisLabel: { color: INK, ...fitting(names) }, axisLine: { lineStyle: { color: FAINT } } },
    yAxis: { type: "value", axisLabel: { color: INK, formatter: compact }, splitLine: { lineStyle: { color: FAINT } } },
    series,
  };
}

/** Every name is there, aslant where there are many. */
function fitting(names: readonly string[]): Options {
  return names.length > 6 ? { interval: 0, rotate: 24, width: 110, overflow: "truncate" } : { interval: 0, hideOverlap: true };
}

function bars(drawing: Drawing, isStacked: boolean): readonly object[] {
  const stack = isStacked ? { stack: "all" } : {};
  return drawing.series.map(({ name, values }) => ({ type: "bar", name, data: values, barMaxWidth: 36, ...stack }));
}

/** Lines run along the columns, which are most often time: one for each row. */
function lines(drawing: Drawing): readonly object[] {
  return drawing.names.slice(0, 10).map((name, row) => ({
    type: "line",
    name,
    data: drawing.series.map((series) => series.values[row] ?? null),
    symbolSize: 8,
    triggerLineEvent: true,
  }));
}

function slices(drawing: Drawing): readonly object[] {
  return drawing.names.map((name, at) => ({ name, value: drawing.totals[at] ?? 0 }));
}

function heat(drawing: Drawing): Options {
  const data = drawing.series.flatMap((series, x) => series.values.map((value, y) => [x, y, value ?? "-"]));
  const values = data.map((point) => point[2]).filter((value) => typeof value === "number");
  return {
    grid: { left: 12, right: 16, top: 10, bottom: 40, outerBoundsMode: "same" },
    xAxis: { type: "category", data: drawing.series.map((series) => series.name), axisLabel: { color: INK } },
    yAxis: { type: "category", data: drawing.names, inverse: true, axisLabel: { color: INK, interval: 0, fontSize: 10 } },
    visualMap: {
      min: Math.min(...values),
      max: Math.max(...values),
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 160,
      textStyle: { color: INK },
      inRange: { color: ["#e9f2f6", "#2f7ea6"] },
    },
    series: [{ type: "heatmap", data }],
  };
}
