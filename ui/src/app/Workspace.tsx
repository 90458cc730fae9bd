import { memo, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines } from "../api/client";
import type { Cube, CubeList, Cut, Meta } from "../api/types";
import { drawing } from "../chart/series";
import { Grid, type MenuTarget } from "../grid/Grid";
import { calculatedCaption, levelCaption, lineCaption, measureCaption, measureOf, withDefined } from "../grid/captions";
import type { Line } from "../grid/axis";
import { measureAt, type Header } from "../grid/headers";
import { headerAt } from "../grid/HeaderRows";
import type { Area } from "../grid/place";
import { contextOf } from "../query/definitions";
import { filterCuts } from "../query/questions";
import { CancelledError } from "../query/store";
import { NoticeBar } from "../reports/NoticeBar";
import { ParameterBar } from "../reports/ParameterBar";
import { useReports, type Opened } from "../reports/useReports";
import { useSpeech } from "../text/language";
import { pathId, type Path, type View } from "../view/view";
import { writeClipboard } from "./clipboard";
import type { Explained } from "./ExplainDialog";
import { countBelow, MANY_ROWS, openBelow } from "./expand";
import { ChartPanel, ConfirmDialog, ExplainDialog, FactsPanel, Gallery, ReportDialogs, ShareDialog } from "./dialogs";
import { GridMenu } from "./GridMenu";
import { Legend } from "./Legend";
import { Shelves } from "./Shelves";
import { StatusLine } from "./StatusLine";
import { summary } from "./summary";
import { Table } from "./table";
import { Toolbar } from "./Toolbar";
import { useModel } from "./useModel";
import { useViews } from "./useViews";
import { useViewDialogs, ViewDialogs } from "./ViewDialogs";

interface Props {
  readonly list: CubeList;
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly first: View;
  /** The saved report that the address asked for, and what was wrong with it. */
  readonly opened: Opened | null;
  readonly problem: string;
}

// What scrolling and answers do not change is not drawn again.
const QuietShelves = memo(Shelves);
const QuietToolbar = memo(Toolbar);

interface Latest {
  address: (slug: string | null, own: View | null) => void;
  remove: (slug: string) => void;
}

interface Behind {
  readonly title: string;
  readonly cut: readonly Cut[];
}

/** Everything on the page, around one view. */
export function Workspace({ list, cubes, first, opened, problem }: Props) {
  const speech = useSpeech();
  const { words, locale, count } = speech;
  const reports = useReports(opened, cubes);
  // What these do depends on what is on the screen when they are called; they themselves stay the same.
  const latest = useRef<Latest>({ address: () => undefined, remove: () => undefined });
  const onAddress = useCallback((slug: string | null, own: View | null) => latest.current.address(slug, own), []);
  const onRemove = useCallback((slug: string) => latest.current.remove(slug), []);
  const { history, dispatch } = useViews(first, reports.savedView, onAddress);
  const view = history.now;
  const plain = cubes.get(view.cube) ?? cubes.get(first.cube)!;
  const cube = useMemo(() => withDefined(plain, view, speech.language), [plain, view.defined, view.sets, speech.language]);
  const shown = useModel(cube, view);
  const { model, store } = shown;
  const table = useMemo(() => new Table(model, cube, locale), [model, cube, locale]);
  const widths = useMemo(() => table.widths(), [table]);
  const context = useMemo(() => contextOf(view), [view.sets, view.scd]);
  const { tell } = reports;
  const closeNotice = useCallback(() => tell(null), [tell]);
  const { wish, open } = useViewDialogs();
  const [facts, setFacts] = useState<Behind | null>(null);
  const [explained, setExplained] = useState<Explained | null>(null);
  const [menu, setMenu] = useState<MenuTarget | null>(null);
  const [area, setArea] = useState<Area | null>(null);
  const [sharing, setSharing] = useState(false);
  const [told, setTold] = useState(problem);
  const [asking, setAsking] = useState<{ readonly text: string; readonly yes: () => void } | null>(null);
  const [isNarrow, setNarrow] = useState(() => window.innerWidth < 900);

  const rowCaption = useCallback(
    (line: Line) => calculatedCaption(line, cube, view.members, speech.language) ?? lineCaption(line, words),
    [words, cube, view.members, speech.language],
  );
  const measureName = useCallback((line: Line) => (line.measure && !model.hidesOwn(line) ? measureCaption(cube, line.measure) : ""), [cube, model]);
  const fullCaption = useCallback(
    (line: Line) => [rowCaption(line), measureName(line)].filter(Boolean).join(" · "),
    [rowCaption, measureName],
  );
  const headerCaption = useCallback(
    (header: Header) => {
      if (header.kind === "measure") return measureCaption(cube, header.measure!);
      return header.kind === "own" ? words.own : rowCaption(header.line);
    },
    [cube, words, rowCaption],
  );
  const headerHint = useCallback(
    (header: Header) => {
      const measure = header.measure ? measureOf(cube, header.measure) : undefined;
      if (!measure) return [headerCaption(header), incompleteHint(header.line, model.meta, words)].filter(Boolean).join(": ");
      return [measure.label, measure.unit && `(${measure.unit})`, measure.description, measure.formula].filter(Boolean).join(" ");
    },
    [cube, headerCaption, model.meta, words],
  );
  const titleOf = (row: number, column: number) => {
    const across = model.columns[column]!;
    const places = [...pathTexts(model.rows[row]!, words), ...pathTexts(across.line, words)];
    return [measureCaption(cube, measureAt(model.rows[row], across)), ...places].join(" · ");
  };
  const cutAt = (row: number, column: number): readonly Cut[] | null => {
    const down = model.cuts(model.rows[row]!);
    const across = model.cuts(model.columns[column]!.line);
    return down && across && [...filterCuts(view.filters), ...down, ...across];
  };
  const showFacts = (row: number, column: number) => {
    const value = table.value(row, column);
    if (value === "error") return store.retryAll();
    const cut = cutAt(row, column);
    if (cut) setFacts({ title: titleOf(row, column), cut });
    else explain(row, column);
  };
  const explain = (row: number, column: number) => {
    const lines = [model.rows[row]!, model.columns[column]!.line];
    const calculated = lines.flatMap(({ member, group }) => (member?.calculated ? [{ level: group.level!, name: member.calculated }] : []));
    const cut = cutAt(row, column) ?? [...filterCuts(view.filters), ...lines.flatMap((line) => model.cuts(line) ?? [])];
    const measure = measureAt(model.rows[row], model.columns[column]!);
    const value = table.value(row, column);
    const text = typeof value === "number" ? table.textAt(row, column) : words.empty;
    setExplained({ title: titleOf(row, column), measure, cut, calculated, question: model.questions.single(measure, cut, calculated), text, meta: model.meta, view });
  };
  const sortBy = (header: Header) => {
    const at = header.line.path;
    // What stands for many members, or for none, is no place to sort at.
    if (!at) return;
    const old = view.sort;
    const isSame = old?.by === header.measure && pathId(old?.at ?? []) === pathId(at);
    const next = { by: header.measure!, desc: true, at };
    dispatch({ do: "sort", sort: !isSame ? next : old!.desc ? { ...next, desc: false } : null });
  };
  const copy = (chosen: Area) => {
    const captions = (column: number) =>
      Array.from({ length: model.headerDepth }, (_, level) => {
        const header = headerAt(model.headers, model.headerDepth, { row: level - model.headerDepth, column });
        return header ? headerCaption(header) : "";
      });
    const lines = table.copy(chosen, (row) => fullCaption(model.rows[row]!), captions);
    void writeClipboard(lines);
  };
  const onToggle = useCallback(
    (axis: "rows" | "columns", line: Line) => line.path && dispatch({ do: "toggle", axis, path: line.path }),
    [dispatch],
  );
  const chart = useMemo(
    () => (view.chart === "none" || !model.isReady ? null : drawing(model, { line: rowCaption, measure: (name) => measureCaption(cube, name) })),
    [view.chart, model, rowCaption, cube],
  );
  const writeChart = useCallback((value: number) => table.plainText(value, chart?.measure ?? ""), [table, chart?.measure]);
  /** Close a member and all below it. */
  const leave = (path: Path) => {
    const inside = (other: Path) => pathId(other.slice(0, path.length)) === pathId(path);
    dispatch({ do: "open", axis: "rows", paths: view.open.rows.filter((other) => !inside(other)) });
  };
  const corner = view.rows.flatMap((field) => field.levels).map((level) => levelCaption(cube, level)).join(" › ");
  const onShare = useCallback(() => setSharing(true), []);
  const onExport = useCallback(
    async (format: "csv" | "xlsx") => {
      try {
        const names = { row: rowCaption, measure: measureName, header: headerCaption };
        const { download } = await import("./download");
        await download({ format, store, make: shown.make, cube, locale, names, words });
      } catch (problem) {
        setTold(errorLines(problem).join(" "));
      }
    },
    [rowCaption, measureName, headerCaption, store, shown.make, cube, locale, words],
  );
  const siblings = async (parent: Path) => {
    const rows = await countBelow(store, model, parent);
    const openAll = async () => dispatch({ do: "open", axis: "rows", paths: [...view.open.rows, ...(await openBelow(store, model, parent))] });
    if (rows > MANY_ROWS) setAsking({ text: words.manyRows(count(rows)), yes: () => void openAll() });
    else await openAll();
  };
  const tellProblem = (problem: unknown) => setTold(errorLines(problem).join(" "));
  const showView = (found: View | null) => (found ? dispatch({ do: "go", view: found }) : setTold(words.noView));
  const openReport = async (slug: string, own: View | null = null) => {
    try {
      const found = await reports.open(slug);
      showView(found && (own ?? found));
      reports.ask(null);
    } catch (problem) {
      tellProblem(problem);
    }
  };
  latest.current.address = (slug, own) => (slug ? void openReport(slug, own) : reports.leave());
  const removeReport = async (slug: string) => {
    try {
      const saved = await reports.remove(slug);
      const undo = async () => {
        reports.tell(null);
        showView(await reports.restore(saved.slug, saved.version));
      };
      reports.tell({ text: words.deleted(saved.name), undo: () => void undo().catch(tellProblem) });
    } catch (problem) {
      tellProblem(problem);
    }
  };
  latest.current.remove = (slug) => void removeReport(slug);
  const onNarrow = useCallback(() => setNarrow((old) => !old), []);
  return (
    <div className={`page${isNarrow ? " narrow" : ""}`}>
      <QuietToolbar
        {...{ list, cubes, cube, history, dispatch, model, store }}
        isNarrow={isNarrow}
        onNarrow={onNarrow}
        onExport={onExport}
        onShare={onShare}
        reports={reports}
        onRemove={onRemove}
      />
      {isNarrow ? null : (
        <QuietShelves
          {...{ cube, view, dispatch }}
          onFilter={open.filter}
          filterBy={open.filter}
          onLook={open.measure}
          onLevel={open.level}
          onDefine={open.define}
        />
      )}
      <main className="stage">
        {reports.opened?.saved.report.parameters ? (
          <ParameterBar
            {...{ cube, view }}
            parameters={reports.opened.saved.report.parameters}
            onFilter={(filter) => dispatch({ do: "filter", filter })}
            onChoose={open.filter}
          />
        ) : null}
        {shown.failure ? (
          <p className="problem banner" role="alert">
            {shown.failure instanceof CancelledError ? words.cancelled : [words.failed, ...errorLines(shown.failure)].join(" ")} <Button onPress={() => store.retryAll()}>{words.retry}</Button>
          </p>
        ) : null}
        {chart ? (
          <Suspense>
            <ChartPanel
              key={view.chart}
              kind={view.chart}
              drawing={chart}
              write={writeChart}
              title={[measureCaption(cube, chart.measure), corner].filter(Boolean).join(" · ")}
              onOpen={(line) => onToggle("rows", line)}
              onLeave={leave}
              onClose={() => dispatch({ do: "set", change: { chart: "none" } })}
            />
          </Suspense>
        ) : null}
        {view.measures.length === 0 ? (
          <div className="notice">
            <p>{words.emptyView}</p>
            <p className="hint">{words.emptyHint}</p>
          </div>
        ) : !model.isReady ? (
          shown.failure ? null : (
            <div className="notice">{words.loading}</div>
          )
        ) : (
          <Grid
            model={model}
            label={words.tableLabel}
            help={words.gridHelp}
            corner={corner}
            head={view.widths["rows"] ?? (view.layout === "table" ? Math.max(250, 150 * model.questions.rowLevels.length) : 250)}
            widths={widths}
            stale={shown.stale}
            show={table.show}
            rowCaption={rowCaption}
            measureName={measureName}
            headerCaption={headerCaption}
            headerHint={headerHint}
            onSight={shown.setSight}
            onToggle={onToggle}
            onEnter={showFacts}
            onSort={sortBy}
            onMenu={setMenu}
            onSelect={setArea}
            onCopy={copy}
            onWidth={(id, width) => dispatch({ do: "width", id, width })}
          />
        )}
        {facts ? (
          <Suspense>
            <FactsPanel cube={cube} {...facts} snapshot={store.snapshot} context={context} onClose={() => setFacts(null)} />
          </Suspense>
        ) : null}
      </main>
      <StatusLine
        {...{ model, store, cube }}
        stale={shown.stale}
        busy={shown.busy}
        selection={summary(area, table, words, locale, count)}
        legend={<Legend {...{ table, cube }} />}
        onRefresh={() => store.clear()}
      />
      {menu ? (
        <GridMenu
          {...{ menu, model, cube, view, dispatch }}
          onClose={() => setMenu(null)}
          onFacts={showFacts}
          onExplain={explain}
          onSort={sortBy}
          onFilter={open.filter}
          onLook={open.measure}
          onLevel={open.level}
          onSplit={open.split}
          onSiblings={(parent) => void siblings(parent).catch((problem: unknown) => setTold(errorLines(problem).join(" ")))}
          onCopy={() => copy(area ?? { top: menu.place.row, bottom: menu.place.row, left: menu.place.column, right: menu.place.column })}
        />
      ) : null}
      <Suspense>
        {reports.asked === "gallery" ? (
          <Gallery
            cubes={cubes}
            onReady={(ready) => {
              reports.leave();
              reports.ask(null);
              dispatch({ do: "go", view: ready });
            }}
            onOpen={(slug) => void openReport(slug)}
            onRemove={removeReport}
            onClose={() => reports.ask(null)}
          />
        ) : null}
        {reports.asked && reports.asked !== "gallery" ? <ReportDialogs {...{ reports, model }} onShow={showView} /> : null}
        {sharing ? (
          <ShareDialog
            {...{ cube, model, reports }}
            snapshot={store.snapshot}
            onSave={() => {
              setSharing(false);
              reports.ask("saveAs");
            }}
            onClose={() => setSharing(false)}
          />
        ) : null}
        {reports.notice ? <NoticeBar notice={reports.notice} onClose={closeNotice} /> : null}
        {told ? <ConfirmDialog text={told} onNo={() => setTold("")} /> : null}
        {asking ? (
          <ConfirmDialog
            text={asking.text}
            onYes={() => {
              asking.yes();
              setAsking(null);
            }}
            onNo={() => setAsking(null)}
          />
        ) : null}
        <ViewDialogs
          {...{ wish, cube, view, model, context, dispatch }}
          onClose={open.none}
          onTell={(text) => tell({ text })}
        />
        {explained ? <ExplainDialog cube={cube} explained={explained} onClose={() => setExplained(null)} /> : null}
      </Suspense>
    </div>
  );
}

function incompleteHint(line: Line, meta: Meta | undefined, words: ReturnType<typeof useSpeech>["words"]): string {
  return line.member?.incomplete ? words.incomplete(meta?.incomplete?.[0]?.covered_to ?? meta?.data_date ?? "") : "";
}

function pathTexts(line: Line, words: ReturnType<typeof useSpeech>["words"]): readonly string[] {
  if (line.kind === "total") return [];
  if (line.kind === "shown") return [words.totalOfShown];
  const above = line.group.path.map((step) => String(step.key.at(-1)));
  return [...above, lineCaption(line, words)];
}
