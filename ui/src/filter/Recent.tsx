import { useState } from "react";
import type { KeyPath } from "../api/types";
import { Select } from "../app/Select";
import { useSpeech } from "../text/language";
import { recentMembers, YEAR } from "./recent";

interface Props {
  readonly levels: readonly string[];
  readonly fetchAll: () => Promise<readonly KeyPath[]>;
  readonly onChoose: (paths: readonly KeyPath[]) => void;
}

const COUNTS = [1, 2, 3, 4, 6, 12, 13, 26, 52];

/** Choose the last periods that have data. What is chosen are those very members: a link means the same tomorrow. */
export function Recent({ levels, fetchAll, onChoose }: Props) {
  const { words, count } = useSpeech();
  const [chosen, setChosen] = useState("");
  const choose = async (id: string) => {
    setChosen(id);
    if (id !== "") onChoose(recentMembers(await fetchAll(), id === YEAR ? YEAR : Number(id)));
  };
  const years = levels.length > 1 ? [[YEAR, words.recentYear] as const] : [];
  const last = COUNTS.map((each) => [String(each), words.recentLast(count(each))] as const);
  return <Select label={words.recent} value={chosen} choices={[["", words.recentNone], ...last, ...years]} onChange={(id) => void choose(id)} />;
}
