import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components";
import type { Line } from "../grid/axis";
import { useSpeech } from "../text/language";
import type { Chart, Path } from "../view/view";
import { keyText } from "../api/keys";
import type { EChartsType } from "./engine";
import { chartOptions, rowOf, type Clicked, type Write } from "./options";
import type { Drawing } from "./series";

interface Props {
  readonly kind: Chart;
  readonly drawing: Drawing;
  readonly write: Write;
  readonly title: string;
  readonly onOpen: (line: Line) => void;
  readonly onLeave: (path: Path) => void;
  readonly onClose: () => void;
}

type Engine = typeof import("./engine");

/** A chart of the rows on the screen. A click drills down, the path above it leads back. */
export function ChartPanel({ kind, drawing, write, title, onOpen, onLeave, onClose }: Props) {
  const { words, count } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const [engine, setEngine] = useState<Engine | null>(null);
  const options = useMemo(() => chartOptions(kind, drawing, write), [kind, drawing, write]);
  const onRow = useRef<(clicked: Clicked) => void>(() => {});
  onRow.current = (clicked) => {
    const line = drawing.rows[rowOf(kind, clicked)];
    if (line?.expandable && !line.expanded) onOpen(line);
  };
  useEffect(() => void import("./engine").then(setEngine), []);
  useEffect(() => {
    if (!engine) return;
    const made = engine.init(box.current!, null, { renderer: "canvas" });
    made.on("click", (event) => onRow.current(event));
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [engine, kind]);
  useEffect(() => chart.current?.setOption(options, true), [engine, kind, options]);
  const save = (address: string, name: string) => {
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
  };
  const saveSvg = () => {
    const text = engine!.svgOf(options, box.current!.clientWidth, box.current!.clientHeight);
    const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    save(address, "chart.svg");
    URL.revokeObjectURL(address);
  };
  const savePng = () => save(chart.current!.getDataURL({ pixelRatio: 2, backgroundColor: "#ffffff" }), "chart.png");
  const told = drawing.names.map((name, at) => `${name} ${drawing.totals[at] == null ? words.empty : write(drawing.totals[at]!)}`);
  return (
    <section className="chart" aria-label={words.chart}>
      <header>
        <h2>{title}</h2>
        {drawing.path.length > 0 ? (
          <span className="breadcrumb">
            <Button onPress={() => onLeave(drawing.path.slice(0, 1))}>{words.allMembers}</Button>
            {drawing.path.map((step, depth) => (
              <Button key={depth} isDisabled={depth === drawing.path.length - 1} onPress={() => onLeave(drawing.path.slice(0, depth + 2))}>
                {keyText(step.key.at(-1), words.blank, words.unknown)}
              </Button>
            ))}
          </span>
        ) : null}
        <span className="spring" />
        {drawing.all > drawing.rows.length ? <span className="hint">{words.chartNote(count(drawing.rows.length), count(drawing.all))}</span> : null}
        <Button isDisabled={!engine} onPress={savePng}>
          {words.savePng}
        </Button>
        <Button isDisabled={!engine} onPress={saveSvg}>
          {words.saveSvg}
        </Button>
        <Button aria-label={words.close} onPress={onClose}>
          ×
        </Button>
      </header>
      <div ref={box} className="canvas" role="img" aria-label={`${title}: ${told.join("; ")}`} />
    </section>
  );
}
