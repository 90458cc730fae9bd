// The saved report that is open, and what can be done with it.

import { useCallback, useMemo, useState } from "react";
import { archiveReport, changeReport, createReport, fetchReport, restoreVersion, type SavedReport } from "../api/reports";
import { ApiError, errorLines } from "../api/client";
import type { Cube } from "../api/types";
import type { Model } from "../grid/model";
import { isSame, type SavedView } from "../view/address";
import type { View } from "../view/view";
import { reportOf, viewOf, withoutParameters } from "./savedView";

/** A report as it was opened: the view that it was saved with. */
export interface Opened {
  readonly saved: SavedReport;
  readonly view: View;
}

export type Asked = "gallery" | "saveAs" | "rename" | "versions" | "conflict";

/** A line to the user, with something to take back. */
export interface Notice {
  readonly text: string;
  readonly undo?: () => void;
}

export interface Reports {
  readonly opened: Opened | null;
  readonly savedView: SavedView | null;
  readonly asked: Asked | null;
  readonly notice: Notice | null;
  readonly problems: readonly string[];
  readonly ask: (asked: Asked | null) => void;
  readonly tell: (notice: Notice | null) => void;
  readonly leave: () => void;
  /** Open a report; its view, null where it has none for this page. */
  readonly open: (slug: string) => Promise<View | null>;
  readonly show: (saved: SavedReport) => View | null;
  readonly isChanged: (view: View) => boolean;
  readonly save: (model: Model, isForced?: boolean) => Promise<void>;
  readonly saveAs: (model: Model, name: string, description: string) => Promise<void>;
  readonly rename: (name: string, description: string) => Promise<void>;
  readonly remove: (slug: string) => Promise<SavedReport>;
  readonly restore: (slug: string, version: number) => Promise<View | null>;
}

/** An opened report, as it shows itself without anything that an address fills in. */
export function openedOf(saved: SavedReport, cubes: ReadonlyMap<string, Cube>): Opened | null {
  const view = viewOf(saved.report, cubes, new URLSearchParams());
  return view && { saved, view };
}

export function useReports(first: Opened | null, cubes: ReadonlyMap<string, Cube>): Reports {
  const [opened, setOpened] = useState(first);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [notice, tell] = useState<Notice | null>(null);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const ask = useCallback((next: Asked | null) => {
    setProblems([]);
    setAsked(next);
  }, []);
  const savedView = useMemo(() => opened && { slug: opened.saved.slug, view: opened.view }, [opened]);
  // Drawn anew only with what it says: scrolling and answers are not of it.
  return useMemo(() => {
    const show = (saved: SavedReport): View | null => {
      const found = openedOf(saved, cubes);
      if (found) setOpened(found);
      return found?.view ?? null;
    };
    /** Do something; what goes wrong is told where it was asked for, a conflict by its own dialog. */
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
        ask(null);
      } catch (problem) {
        if (problem instanceof ApiError && problem.problem.code === "stale") setAsked("conflict");
        else if (!asked) tell({ text: errorLines(problem).join(" ") });
        setProblems(errorLines(problem));
      }
    };
    return {
      opened,
      savedView,
      asked,
      notice,
      problems,
      ask,
      tell,
      leave: () => setOpened(null),
      open: async (slug) => show(await fetchReport(slug)),
      show,
      isChanged: (view) => {
        const fixed = (each: View) => withoutParameters(each, opened?.saved.report.parameters);
        return opened !== null && !isSame(fixed(view), fixed(opened.view));
      },
      save: (model, isForced = false) =>
        attempt(async () => {
          const { name, description = "" } = opened!.saved.report;
          const body = reportOf(model, name, description, opened!.saved.report);
          show(await changeReport(opened!.saved.slug, body, isForced ? null : opened!.saved.version));
        }),
      saveAs: (model, name, description) =>
        attempt(async () => {
          show(await createReport(reportOf(model, name, description, null)));
        }),
      rename: (name, description) =>
        attempt(async () => {
          const { saved } = opened!;
          show(await changeReport(saved.slug, { ...saved.report, name, description }, saved.version));
        }),
      remove: async (slug) => {
        const saved = await fetchReport(slug);
        await archiveReport(slug);
        if (opened?.saved.slug === slug) setOpened(null);
        return saved;
      },
      restore: async (slug, version) => show(await restoreVersion(slug, version)),
    };
  }, [opened, savedView, asked, notice, problems, ask, cubes]);
}
