// The dialogs and panels, each loaded when it is first opened: the page itself comes sooner.

import { lazy } from "react";

export const ChartPanel = lazy(async () => ({ default: (await import("../chart/ChartPanel")).ChartPanel }));
export const ConfirmDialog = lazy(async () => ({ default: (await import("./ConfirmDialog")).ConfirmDialog }));
export const DefineDialog = lazy(async () => ({ default: (await import("./DefineDialog")).DefineDialog }));
export const ExplainDialog = lazy(async () => ({ default: (await import("./ExplainDialog")).ExplainDialog }));
export const FactsPanel = lazy(async () => ({ default: (await import("../facts/FactsPanel")).FactsPanel }));
export const FilterDialog = lazy(async () => ({ default: (await import("../filter/FilterDialog")).FilterDialog }));
export const Gallery = lazy(async () => ({ default: (await import("../reports/Gallery")).Gallery }));
export const LevelDialog = lazy(async () => ({ default: (await import("./LevelDialog")).LevelDialog }));
export const MeasureDialog = lazy(async () => ({ default: (await import("./MeasureDialog")).MeasureDialog }));
export const ReportDialogs = lazy(async () => ({ default: (await import("../reports/ReportDialogs")).ReportDialogs }));
export const ShareDialog = lazy(async () => ({ default: (await import("./ShareDialog")).ShareDialog }));
export const SplitDialog = lazy(async () => ({ default: (await import("./SplitDialog")).SplitDialog }));
