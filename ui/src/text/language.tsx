// The language of the page: its words, and how it writes numbers and dates.

import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { I18nProvider } from "react-aria-components";
import { en, type Words } from "./en";
import { ko } from "./ko";

export type Language = "en" | "ko";
const WORDS: Readonly<Record<Language, Words>> = { en, ko };
const LOCALES: Readonly<Record<Language, string>> = { en: "en-US", ko: "ko-KR" };
const KEPT = "cube-server.language";

export interface Speech {
  readonly language: Language;
  readonly locale: string;
  readonly words: Words;
  readonly count: (value: number) => string;
  readonly change: (language: Language) => void;
}

const Context = createContext<Speech | null>(null);

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language;
  return kept.startsWith("ko") ? "ko" : "en";
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const speech = useMemo<Speech>(() => {
    const locale = LOCALES[language];
    const number = new Intl.NumberFormat(locale);
    document.documentElement.lang = language;
    const change = (next: Language) => {
      localStorage.setItem(KEPT, next);
      setLanguage(next);
    };
    return { language, locale, words: WORDS[language], count: (value) => number.format(value), change };
  }, [language]);
  return (
    <Context value={speech}>
      <I18nProvider locale={speech.locale}>{children}</I18nProvider>
    </Context>
  );
}

export function useSpeech(): Speech {
  const speech = useContext(Context);
  if (!speech) throw new Error("There is no language here.");
  return speech;
}
