import { useCallback, useEffect, useMemo, useState } from "react";
import { Button, Checkbox, Dialog, Heading, Input, Modal, ModalOverlay, Radio, RadioGroup, SearchField, TextArea, TextField } from "react-aria-components";
import { errorLines, fetchAnswer, fetchMembers, type MembersQuestion } from "../api/client";
import { memberId } from "../api/keys";
import type { Cube, Cut, KeyPath, ListedMember } from "../api/types";
import { levelOf } from "../grid/captions";
import type { Context } from "../query/definitions";
import { filterCuts } from "../query/questions";
import { useSpeech } from "../text/language";
import type { DefinedSet, Filter } from "../view/view";
import { canBeWritten, membership } from "./membership";
import { Recent } from "./Recent";
import { SaveSet } from "./SaveSet";
import { checkOf, depths, selectionOf, toggled, type ChildrenOf, type Selection } from "./selection";

const PAGE = 100;
/** As many as there are. */
const ALL = 1_000_000;

interface Listed {
  readonly members: readonly ListedMember[];
  readonly total: number;
}

interface Props {
  readonly cube: Cube;
  readonly level: string;
  readonly filter: Filter | undefined;
  readonly others: readonly Filter[];
  readonly context: Context;
  readonly onApply: (filter: Filter) => void;
  readonly onSet: (set: DefinedSet) => void;
  readonly onClose: () => void;
}

/** What lists of members are within. */
type Within = Pick<MembersQuestion, "cut" | "with" | "scd">;

/** Choose members of a hierarchy, down to a level, from lists that the server pages and searches. */
export function FilterDialog({ cube, level, filter, others, context, onApply, onSet, onClose }: Props) {
  const { words, count, language } = useSpeech();
  const levels = useMemo(() => levelsDownTo(cube, level), [cube, level]);
  const within = useMemo(() => ({ cut: cutOfOthers(cube, level, others), ...context }), [cube, level, others, context]);
  const [selection, setSelection] = useState<Selection>(() => selectionOf(filter?.members ?? []));
  const [exclude, setExclude] = useState(filter?.exclude ?? false);
  const [text, setText] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<readonly string[]>([]);
  const lists = useLists(cube.name, levels, text, within, setError);

  const choose = async (path: KeyPath) => {
    try {
      const childrenOf = checkOf(selection, path) === "on" ? await lists.allAbove(path) : () => [];
      setSelection(toggled(selection, path, childrenOf));
    } catch (problem) {
      setError(errorLines(problem));
    }
  };
  const apply = async () => {
    try {
      const paths = await atOneDepth(cube.name, levels, selection);
      onApply({ level: levels[(paths[0]?.length ?? levels.length) - 1]!, members: paths, exclude });
    } catch (problem) {
      setError(errorLines(problem));
    }
  };
  const save = async (name: string) => {
    try {
      const paths = await atOneDepth(cube.name, levels, selection);
      const of = levels[paths[0]!.length - 1]!;
      onSet({ of, formula: membership(of, paths), label: { [language]: name } });
    } catch (problem) {
      setError(errorLines(problem));
    }
  };
  const flip = (path: KeyPath) => {
    const id = memberId(path);
    setOpen(open.has(id) ? new Set([...open].filter((other) => other !== id)) : new Set([...open, id]));
    lists.load(path, 0);
  };
  const place = levelOf(cube, level);
  const title = place?.level.label ?? level;
  const isAlone = level.startsWith("~");
  const isTime = place?.dimension.is_time === true && place.hierarchy.attribute_of === null;
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => isOpen || onClose()} className="overlay">
      <Modal className="modal">
        <Dialog className="dialog filter">
          <Heading slot="title">{title}</Heading>
          <SearchField aria-label={words.search} value={text} onChange={setText} className="search" autoFocus>
            <Input placeholder={words.search} />
          </SearchField>
          <RadioGroup
            aria-label={words.filters}
            value={exclude ? "exclude" : "include"}
            onChange={(value) => setExclude(value === "exclude")}
            orientation="horizontal"
            className="radios"
          >
            <Radio value="include">{words.include}</Radio>
            <Radio value="exclude">{words.excludeChosen}</Radio>
          </RadioGroup>
          {isTime ? <Recent levels={levels} fetchAll={() => withFacts(cube, level, within)} onChoose={(paths) => setSelection(selectionOf(paths))} /> : null}
          <div className="members" tabIndex={-1}>
            <Nodes
              path={[]}
              depth={0}
              {...{ levels, lists, open, selection, flip, words, count }}
              isSearch={text !== ""}
              choose={(path) => void choose(path)}
            />
          </div>
          <Paste
            find={(line) => findMembers(cube.name, level, line, context)}
            onFound={(paths) => setSelection(selectionOf([...selection.values(), ...paths]))}
          />
          {isAlone || place?.hierarchy.attribute_of ? null : <SaveSet canSave={canBeWritten([...selection.values()])} onSave={(name) => void save(name)} />}
          {error.map((line) => (
            <p key={line} className="problem" role="alert">
              {line}
            </p>
          ))}
          <footer>
            <span className="chosen">{words.chosen(count(selection.size))}</span>
            <Button onPress={() => setSelection(selectionOf([]))}>{words.clear}</Button>
            <Button onPress={onClose}>{words.cancel}</Button>
            <Button className="primary" isDisabled={selection.size === 0} onPress={() => void apply()}>
              {words.apply}
            </Button>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface NodesProps {
  readonly path: KeyPath;
  readonly depth: number;
  readonly levels: readonly string[];
  readonly lists: Lists;
  readonly open: ReadonlySet<string>;
  readonly selection: Selection;
  readonly isSearch: boolean;
  readonly flip: (path: KeyPath) => void;
  readonly choose: (path: KeyPath) => void;
  readonly words: ReturnType<typeof useSpeech>["words"];
  readonly count: (value: number) => string;
}

function Nodes(props: NodesProps) {
  const { path, depth, levels, lists, open, selection, isSearch, words, count } = props;
  const listed = lists.get(path);
  if (!listed) return <p className="hint">{words.loading}</p>;
  const left = listed.total - listed.members.length;
  return (
    <ul className="nodes">
      {listed.members.map((member) => {
        const id = memberId(member.key);
        const check = checkOf(selection, member.key);
        const canOpen = !isSearch && member.key.length < levels.length && member.children > 0;
        return (
          <li key={id}>
            <span className="node" style={{ paddingInlineStart: depth * 18 }}>
              <Button
                className={canOpen ? "twist" : "twist none"}
                isDisabled={!canOpen}
                aria-label={`${words.expand} ${member.caption}`}
                aria-expanded={canOpen ? open.has(id) : undefined}
                onPress={() => props.flip(member.key)}
              >
                <span className={canOpen ? "caret" : "caret none"} data-open={open.has(id)} aria-hidden="true" />
              </Button>
              <Checkbox isSelected={check === "on"} isIndeterminate={check === "some"} onChange={() => props.choose(member.key)}>
                <span className="box" aria-hidden="true" />
                <span className="text">{member.caption || words.blank}</span>
                {isSearch && member.key.length > 1 ? <span className="above">{member.key.slice(0, -1).join(" › ")}</span> : null}
              </Checkbox>
            </span>
            {canOpen && open.has(id) ? <Nodes {...props} path={member.key} depth={depth + 1} /> : null}
          </li>
        );
      })}
      {left > 0 ? (
        <li>
          <Button className="load-more" onPress={() => lists.load(path, listed.members.length)}>
            {words.loadMore(count(left))}
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

interface PasteProps {
  readonly find: (line: string) => Promise<readonly KeyPath[]>;
  readonly onFound: (paths: readonly KeyPath[]) => void;
}

function Paste({ find, onFound }: PasteProps) {
  const { words } = useSpeech();
  const [text, setText] = useState("");
  const [missing, setMissing] = useState<readonly string[]>([]);
  const add = async () => {
    const lines = text.split(/[\n\t]/).map((line) => line.trim()).filter(Boolean);
    const found: KeyPath[] = [];
    const lost: string[] = [];
    for (const line of lines) {
      const paths = await find(line);
      found.push(...paths);
      if (paths.length === 0) lost.push(line);
    }
    onFound(found);
    setMissing(lost);
    setText("");
  };
  return (
    <details className="paste">
      <summary>{words.paste}</summary>
      <TextField aria-label={words.pasteHint} value={text} onChange={setText}>
        <TextArea rows={4} placeholder={words.pasteHint} />
      </TextField>
      <Button isDisabled={text.trim() === ""} onPress={() => void add()}>
        {words.add}
      </Button>
      {missing.length > 0 ? <p className="problem">{`${words.notFound} ${missing.join(", ")}`}</p> : null}
    </details>
  );
}

interface Lists {
  readonly get: (path: KeyPath) => Listed | undefined;
  readonly load: (path: KeyPath, offset: number) => void;
  /** All children of every member above a path: it can only leave a chosen parent when its siblings are known. */
  readonly allAbove: (path: KeyPath) => Promise<ChildrenOf>;
}

/** The lists of members, by the parent they lie under. A search replaces them all by one. */
function useLists(
  cube: string,
  levels: readonly string[],
  text: string,
  context: Within,
  onError: (lines: readonly string[]) => void,
): Lists {
  const [state, setState] = useState<{ text: string; lists: ReadonlyMap<string, Listed> }>({ text: "", lists: new Map() });
  const add = useCallback((of: string, path: KeyPath, listed: Listed, offset: number) => {
    setState((old) => {
      const lists = old.text === of ? old.lists : new Map<string, Listed>();
      const before = offset > 0 ? (lists.get(memberId(path))?.members ?? []).slice(0, offset) : [];
      const all = { members: [...before, ...listed.members], total: listed.total };
      return { text: of, lists: new Map([...lists, [memberId(path), all]]) };
    });
  }, []);
  const fetchList = useCallback(
    async (path: KeyPath, offset: number, limit: number, signal?: AbortSignal): Promise<Listed> => {
      const level = text === "" ? levels[path.length]! : levels.at(-1)!;
      const parent = path.length > 0 ? { parent: path } : {};
      const page = await fetchMembers(cube, { level, ...parent, search: text, ...context, offset, limit }, signal);
      return { members: page.data, total: page.meta.total_rows };
    },
    [cube, levels, text, context],
  );
  const load = useCallback(
    (path: KeyPath, offset: number, signal?: AbortSignal) => {
      fetchList(path, offset, PAGE, signal)
        .then((listed) => add(text, path, listed, offset))
        .catch((problem: unknown) => signal?.aborted || onError(errorLines(problem)));
    },
    [fetchList, add, text, onError],
  );
  useEffect(() => {
    const controller = new AbortController();
    const wait = setTimeout(() => load([], 0, controller.signal), text === "" ? 0 : 200);
    return () => {
      clearTimeout(wait);
      controller.abort();
    };
  }, [load, text]);
  const lists = state.lists;
  return {
    get: (path) => lists.get(memberId(path)),
    load,
    allAbove: async (path) => {
      const found = new Map<string, readonly KeyPath[]>();
      for (let depth = 1; depth < path.length; depth += 1) {
        const parent = path.slice(0, depth);
        const known = lists.get(memberId(parent));
        const all = known && known.members.length === known.total ? known : await fetchList(parent, 0, ALL);
        found.set(memberId(parent), all.members.map((member) => member.key));
      }
      return (parent) => found.get(memberId(parent)) ?? [];
    },
  };
}

function levelsDownTo(cube: Cube, level: string): readonly string[] {
  const place = levelOf(cube, level);
  if (!place || level.startsWith("~")) return [level];
  const names = place.hierarchy.levels.map((each) => each.name);
  return names.slice(0, names.indexOf(level) + 1);
}

/** The cuts of the same dimension's other filters, so that the lists follow them. */
function cutOfOthers(cube: Cube, level: string, others: readonly Filter[]): readonly Cut[] {
  const dimension = levelOf(cube, level)?.dimension.name;
  return filterCuts(others.filter((other) => other.level !== level && levelOf(cube, other.level)?.dimension.name === dimension));
}

/** The members that have facts. A calendar may go on beyond them. */
async function withFacts(cube: Cube, level: string, { cut = [], ...context }: Within): Promise<readonly KeyPath[]> {
  const measures = cube.measures.filter((measure) => measure.formula === null).slice(0, 1).map((measure) => measure.name);
  const question = { measures, cut, ...context, axes: { rows: [{ level }], columns: [] }, totals: false, nonempty: true };
  const answer = await fetchAnswer(cube.name, question, null, new AbortController().signal);
  return answer.axes.rows.tuples.flatMap(([member]) => (member?.key ? [member.key] : []));
}

/** A cut names members of one level: members above it are replaced by those below them. */
async function atOneDepth(cube: string, levels: readonly string[], selection: Selection): Promise<readonly KeyPath[]> {
  const deepest = depths(selection).at(-1) ?? 0;
  const found = await Promise.all([...selection.values()].map((path) => membersAt(cube, levels, path, deepest)));
  return found.flat();
}

async function membersAt(cube: string, levels: readonly string[], path: KeyPath, depth: number): Promise<readonly KeyPath[]> {
  if (path.length >= depth) return [path];
  const page = await fetchMembers(cube, { level: levels[path.length]!, parent: path, limit: ALL });
  const deeper = await Promise.all(page.data.map((member) => membersAt(cube, levels, member.key, depth)));
  return deeper.flat();
}

/** The members of a level that are called, or have the key of, a line: several where parents share the name. */
async function findMembers(
  cube: string,
  level: string,
  line: string,
  context: Context,
): Promise<readonly KeyPath[]> {
  const page = await fetchMembers(cube, { level, search: line, limit: ALL, ...context });
  const wanted = line.toLowerCase();
  const isIt = (member: ListedMember) =>
    member.caption.toLowerCase() === wanted || String(member.key.at(-1)).toLowerCase() === wanted;
  return page.data.filter(isIt).map((member) => member.key);
}
