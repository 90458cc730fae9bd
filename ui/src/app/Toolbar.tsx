import { Suspense, useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { addressOf, errorLines } from "../api/client";
import type { Cube, CubeList, Scd } from "../api/types";
import { levelCaption } from "../grid/captions";
import type { Model } from "../grid/model";
import type { Store } from "../query/store";
import { useSpeech, type Speech } from "../text/language";
import { emptyView } from "../view/actions";
import type { History, Move } from "../view/history";
import type { Chart } from "../view/view";
import { writeText } from "./clipboard";
import { ConfirmDialog } from "./dialogs";
import { countRows, MANY_ROWS, openTo } from "./expand";
import { firstView } from "../reports/ready";
import { ReportMenu } from "../reports/ReportMenu";
import type { Reports } from "../reports/useReports";
import { flatQuestion } from "./share";
import { applyTheme, type Theme } from "./theme";

interface Props {
  readonly list: CubeList;
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly cube: Cube;
  readonly history: History;
  readonly dispatch: (move: Move) => void;
  readonly model: Model;
  readonly store: Store;
  readonly isNarrow: boolean;
  readonly onNarrow: () => void;
  readonly onExport: (format: "csv" | "xlsx") => void;
  readonly onShare: () => void;
  readonly reports: Reports;
  readonly onRemove: (slug: string) => void;
}

export function Toolbar(props: Props) {
  const speech = useSpeech();
  const { words } = speech;
  const { cube, cubes, history, dispatch, list } = props;
  const view = history.now;
  return (
    <header className="toolbar">
      <Button className="plain" aria-label={words.showFields} aria-pressed={!props.isNarrow} onPress={props.onNarrow}>
        <span title={words.showFields}>☰</span>
      </Button>
      <h1>{list.label}</h1>
      <Choice
        label={cube.label}
        name={words.cube}
        choices={list.cubes.map((each) => [each.name, each.label])}
        onChoose={(name) => {
          props.reports.leave();
          dispatch({ do: "go", view: firstView(cubes.get(name)!) });
        }}
      />
      <Button onPress={() => props.reports.ask("gallery")}>{words.reports}</Button>
      <ReportMenu reports={props.reports} view={view} model={props.model} onRemove={props.onRemove} />
      <span className="divider" />
      <Button onPress={() => dispatch({ do: "undo" })} isDisabled={history.past.length === 0} aria-label={words.undo}>
        <span title={words.undo}>↶</span>
      </Button>
      <Button onPress={() => dispatch({ do: "redo" })} isDisabled={history.future.length === 0} aria-label={words.redo}>
        <span title={words.redo}>↷</span>
      </Button>
      <Button onPress={() => dispatch({ do: "swap" })} aria-label={words.swap}>
        <span title={words.swap}>⇄</span>
      </Button>
      <Button onPress={() => dispatch({ do: "go", view: props.reports.savedView?.view ?? firstView(cube) })}>{words.reset}</Button>
      <span className="divider" />
      <Expand {...props} />
      <Choice
        label={words.chart}
        name={words.chart}
        choices={[
          ["none", words.chartNone],
          ["bar", words.chartBar],
          ["stacked", words.chartStacked],
          ["line", words.chartLine],
          ["pie", words.chartPie],
          ["heat", words.chartHeat],
          ["treemap", words.chartTreemap],
        ]}
        onChoose={(chart) => dispatch({ do: "set", change: { chart: chart as Chart } })}
      />
      <Display cube={cube} dispatch={dispatch} history={history} speech={speech} />
      <Export {...props} speech={speech} />
      <span className="spring" />
      <Choice
        label="◐"
        name={words.theme}
        choices={[
          ["system", words.system],
          ["light", words.light],
          ["dark", words.dark],
        ]}
        onChoose={(theme) => applyTheme(theme as Theme)}
      />
      <Button onPress={() => speech.change(speech.language === "en" ? "ko" : "en")}>
        <span lang={speech.language === "en" ? "ko" : "en"}>{words.language}</span>
      </Button>
    </header>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly onChoose: (id: string) => void;
}

function Choice({ label, name, choices, onChoose }: ChoiceProps) {
  return (
    <MenuTrigger>
      <Button aria-label={label === name || label === "◐" ? name : `${name}: ${label}`} className="choice">
        {label}
      </Button>
      <Popover>
        <Menu aria-label={name} onAction={(id) => onChoose(String(id))}>
          {choices.map(([id, text]) => (
            <MenuItem key={id} id={id}>
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** Open all rows to a level, in one question; before many rows it asks. */
function Expand({ cube, dispatch, model, store }: Props) {
  const { words, count } = useSpeech();
  const [asking, setAsking] = useState<{ depth: number; rows: number } | null>(null);
  const [error, setError] = useState("");
  const levels = model.questions.rowLevels;
  const open = async (depth: number) => {
    setAsking(null);
    try {
      dispatch({ do: "open", axis: "rows", paths: await openTo(store, model, depth) });
      setError("");
    } catch (problem) {
      setError(errorLines(problem).join(" "));
    }
  };
  const begin = async (depth: number) => {
    if (depth === 0) return dispatch({ do: "open", axis: "rows", paths: [] });
    try {
      const rows = await countRows(store, model, depth);
      if (rows > MANY_ROWS) setAsking({ depth, rows });
      else await open(depth);
    } catch (problem) {
      setError(errorLines(problem).join(" "));
    }
  };
  // Behind calculated members no level opens.
  const reached = levels.filter((_, depth) => levels.slice(0, depth).every((above) => model.questions.opens("rows", above)));
  const choices = reached.map((level, depth): readonly [string, string] => [String(depth), levelCaption(cube, level)]);
  return (
    <>
      <Choice label={words.expandTo} name={words.expandTo} choices={choices} onChoose={(depth) => void begin(Number(depth))} />
      <Button aria-label={words.collapseAll} onPress={() => dispatch({ do: "set", change: { open: { rows: [], columns: [] } } })}>
        {words.collapse}
      </Button>
      <Suspense>
        {asking ? (
          <ConfirmDialog text={words.manyRows(count(asking.rows))} onYes={() => void open(asking.depth)} onNo={() => setAsking(null)} />
        ) : null}
        {error ? <ConfirmDialog text={error} onNo={() => setError("")} /> : null}
      </Suspense>
    </>
  );
}

interface DisplayProps {
  readonly cube: Cube;
  readonly dispatch: (move: Move) => void;
  readonly history: History;
  readonly speech: Speech;
}

function Display({ cube, dispatch, history, speech: { words } }: DisplayProps) {
  const { totals, totalOfShown, nonempty, scd, measures, levels, rows, totalsAt, measuresOn, layout } = history.now;
  const first = rows[0]?.levels[0] ?? "";
  const top = levels[first]?.top ?? null;
  const mark = (isOn: boolean, text: string) => (isOn ? `✓ ${text}` : text);
  const tops = { all: null, top10: [10, false], top25: [25, false], bottom10: [10, true] } as const;
  const act = (id: string) => {
    if (id === "rows") dispatch({ do: "set", change: { totals: { ...totals, rows: !totals.rows } } });
    else if (id === "columns") dispatch({ do: "set", change: { totals: { ...totals, columns: !totals.columns } } });
    else if (id === "shown") dispatch({ do: "set", change: { totalOfShown: !totalOfShown } });
    else if (id === "onRows") dispatch({ do: "set", change: { measuresOn: measuresOn === "rows" ? "columns" : "rows" } });
    else if (id === "table") dispatch({ do: "set", change: { layout: layout === "table" ? "tree" : "table" } });
    else if (id === "last") dispatch({ do: "set", change: { totalsAt: totalsAt === "last" ? "first" : "last" } });
    else if (id === "clear") dispatch({ do: "go", view: emptyView(history.now.cube) });
    else if (id === "now" || id === "then") dispatch({ do: "set", change: { scd: scd === id ? "" : id } });
    else if (id === "nonempty") dispatch({ do: "set", change: { nonempty: !nonempty } });
    else {
      const wish = tops[id as keyof typeof tops];
      const by = history.now.sort?.by ?? measures[0] ?? "";
      const { top: _, ...rest } = levels[first] ?? {};
      dispatch({ do: "level", level: first, wish: wish ? { ...rest, top: { n: wish[0], by, bottom: wish[1] } } : rest });
    }
  };
  const histories = cube.dimensions.flatMap((dimension) => dimension.scd ?? []);
  const isRead = (when: Scd) => (scd === "" ? histories.every((each) => each === when) : scd === when);
  const isTop = (n: number, bottom: boolean) => top?.n === n && top.bottom === bottom;
  return (
    <MenuTrigger>
      <Button className="choice">{words.display}</Button>
      <Popover>
        <Menu aria-label={words.display} onAction={(id) => act(String(id))}>
          <MenuItem id="rows">{mark(totals.rows, words.rowTotals)}</MenuItem>
          <MenuItem id="shown">{mark(totalOfShown, words.totalOfShownToo)}</MenuItem>
          <MenuItem id="columns">{mark(totals.columns, words.columnTotals)}</MenuItem>
          <MenuItem id="last">{mark(totalsAt === "last", words.totalsLast)}</MenuItem>
          <MenuItem id="onRows">{mark(measuresOn === "rows", words.measuresOnRows)}</MenuItem>
          <MenuItem id="table">{mark(layout === "table", words.tableLayout)}</MenuItem>
          <MenuItem id="nonempty">{mark(nonempty, words.hideEmpty)}</MenuItem>
          {histories.length > 0 ? <Separator /> : null}
          {histories.length > 0 ? <MenuItem id="now">{mark(isRead("now"), words.membersNow)}</MenuItem> : null}
          {histories.length > 0 ? <MenuItem id="then">{mark(isRead("then"), words.membersThen)}</MenuItem> : null}
          <Separator />
          <MenuItem id="all">{mark(top === null, words.topAll)}</MenuItem>
          <MenuItem id="top10">{mark(isTop(10, false), words.top10)}</MenuItem>
          <MenuItem id="top25">{mark(isTop(25, false), words.top25)}</MenuItem>
          <MenuItem id="bottom10">{mark(isTop(10, true), words.bottom10)}</MenuItem>
          <Separator />
          <MenuItem id="clear">{words.clearView}</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Export({ cube, model, store, onExport, onShare, speech: { words, language } }: Props & { readonly speech: Speech }) {
  const question = flatQuestion(model, store.snapshot);
  const table = { layout: "pivot", lang: language };
  const act = (id: string) => {
    if (id === "seen-xlsx" || id === "seen-csv") onExport(id === "seen-csv" ? "csv" : "xlsx");
    if (id === "share") onShare();
    if (id === "link") void writeText(location.href);
    if (id === "print") window.print();
  };
  return (
    <MenuTrigger>
      <Button className="choice">{words.export}</Button>
      <Popover>
        <Menu aria-label={words.export} onAction={(id) => act(String(id))}>
          <MenuItem id="seen-xlsx">{words.xlsxSeen}</MenuItem>
          <MenuItem id="seen-csv">{words.csvSeen}</MenuItem>
          <Separator />
          <MenuItem id="xlsx" href={addressOf(cube.name, "query", question, "xlsx", table)} target="_blank">
            {words.xlsxView}
          </MenuItem>
          <MenuItem id="csv" href={addressOf(cube.name, "query", question, "csv", table)} target="_blank">
            {words.csvView}
          </MenuItem>
          <MenuItem id="flat" href={addressOf(cube.name, "query", question, "csv")} target="_blank">
            {words.csvFlat}
          </MenuItem>
          <Separator />
          <MenuItem id="link">{words.copyLink}</MenuItem>
          <MenuItem id="share">{words.shareMore}</MenuItem>
          <MenuItem id="print">{words.print}</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
