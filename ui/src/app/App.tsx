import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { errorLines, fetchCube, fetchCubes } from "../api/client";
import type { Cube, CubeList } from "../api/types";
import { useSpeech } from "../text/language";
import { readView } from "../view/address";
import { firstView } from "./reports";
import { Workspace } from "./Workspace";

interface Loaded {
  readonly list: CubeList;
  readonly cubes: ReadonlyMap<string, Cube>;
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
  const asked = readView(location.hash)?.cube ?? "";
  const first = loaded.cubes.get(asked) ?? [...loaded.cubes.values()][0]!;
  return <Workspace list={loaded.list} cubes={loaded.cubes} first={firstView(first)} />;
}

async function load(language: string): Promise<Loaded> {
  const list = await fetchCubes(language);
  const cubes = await Promise.all(list.cubes.map((cube) => fetchCube(cube.name, language)));
  return { list, cubes: new Map(cubes.map((cube) => [cube.name, cube])) };
}
