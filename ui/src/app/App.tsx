import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines, fetchCube, fetchCubes } from "../api/client";
import type { Cube, CubeList } from "../api/types";
import { useSpeech } from "../text/language";
import { fetchReport } from "../api/reports";
import { firstView } from "../reports/ready";
import { viewOf } from "../reports/savedView";
import { openedOf, type Opened } from "../reports/useReports";
import { readSlug, readView } from "../view/address";
import type { View } from "../view/view";
import { Workspace } from "./Workspace";

interface Loaded {
  readonly list: CubeList;
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly report: Asked;
}

/** The saved report that the address asks for, what it fills in, and what is wrong with it. */
interface Asked {
  readonly opened: Opened | null;
  readonly view: View | null;
  readonly problem: string;
}

/** The page: it loads the models of all cubes, in the language asked for, and opens a view. */
export function App() {
  const { words, language } = useSpeech();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<readonly string[]>([]);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    setError([]);
    load(language)
      .then((found) => isWanted && setLoaded(found))
      .catch((problem: unknown) => isWanted && setError([words.dataFailed, ...errorLines(problem)]));
    return () => {
      isWanted = false;
    };
  }, [language, words, attempt]);
  if (error.length > 0)
    return (
      <main className="notice" role="alert">
        <p>{error.join(" ")}</p>
        <Button onPress={() => setAttempt(attempt + 1)}>{words.retry}</Button>
      </main>
    );
  if (!loaded) return <main className="notice">{words.loading}</main>;
  const { list, cubes, report } = loaded;
  const asked = readView(location.hash)?.cube ?? "";
  const first = report.view ?? firstView(cubes.get(asked) ?? [...cubes.values()][0]!);
  return <Workspace {...{ list, cubes, first }} opened={report.opened} problem={report.problem && (report.problem === NO_VIEW ? words.noView : report.problem)} />;
}

async function load(language: string): Promise<Loaded> {
  const list = await fetchCubes(language);
  const cubes = await Promise.all(list.cubes.map((cube) => fetchCube(cube.name, language)));
  const byName = new Map(cubes.map((cube) => [cube.name, cube]));
  return { list, cubes: byName, report: await askedReport(byName) };
}

const NO_VIEW = "no view";

async function askedReport(cubes: ReadonlyMap<string, Cube>): Promise<Asked> {
  const slug = readSlug(location.hash);
  if (!slug) return { opened: null, view: null, problem: "" };
  try {
    const saved = await fetchReport(slug);
    const view = viewOf(saved.report, cubes, new URLSearchParams(location.hash.slice(1)));
    return { opened: openedOf(saved, cubes), view, problem: view ? "" : NO_VIEW };
  } catch (problem) {
    return { opened: null, view: null, problem: errorLines(problem).join(" ") };
  }
}
