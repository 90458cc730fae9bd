import { describe, expect, it } from "vitest";
import { en } from "./en";
import { ko } from "./ko";

type Tree = { readonly [name: string]: string | ((...given: readonly string[]) => string) | Tree };

function texts(words: Tree, above = ""): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([name, text]): readonly (readonly [string, string])[] => {
      if (typeof text === "string") return [[above + name, text]];
      return typeof text === "function" ? [[above + name, text("1", "2")]] : [...texts(text, `${above}${name}.`)];
    }),
  );
}

/** What is written with the same signs in both languages: names of products, and of the other language. */
const ALIKE = new Set(["language", "snippets.python", "snippets.curl"]);

describe("the words of the page", () => {
  const [english, korean] = [texts(en as unknown as Tree), texts(ko as unknown as Tree)];
  it("are the same in both languages", () => {
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  });
  it("are in Korean where they are in Korean", () => {
    const foreign = [...korean].filter(([name, text]) => !ALIKE.has(name) && !/[가-힣]/.test(text));
    expect(foreign).toEqual([]);
    expect([...english].filter(([name, text]) => !ALIKE.has(name) && !name.startsWith("scales.") && /[가-힣]/.test(text))).toEqual([]);
  });
  it("say what they are given in both languages", () => {
    const given = (words: ReadonlyMap<string, string>) => [...words].filter(([, text]) => /\b[12]\b/.test(text)).map(([name]) => name);
    expect(given(korean)).toEqual(expect.arrayContaining(given(english).filter((name) => !/top|bottom/.test(name))));
  });
});
