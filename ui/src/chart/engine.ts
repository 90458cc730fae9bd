// The part of ECharts that is used. It is loaded when the first chart is wanted.

import { BarChart, HeatmapChart, LineChart, PieChart, TreemapChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  PieChart,
  TreemapChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export { init };
export type { EChartsType } from "echarts/core";

/** Write a chart as an SVG file. */
export function svgOf(options: Readonly<Record<string, unknown>>, width: number, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(options);
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
