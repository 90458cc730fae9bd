// Answers by question. A late answer can never overwrite a newer one: it is filed under its own question.

import { fetchAnswer } from "../api/client";
import type { Answer, Question } from "../api/types";
import { Block } from "./answers";
import { nameOf } from "./questions";

const IN_FLIGHT = 2;
/** Answers that are kept; those on the screen are kept in any case. */
const MOST = 2_000;

/** The user gave the request up. */
export class CancelledError extends Error {}

export type Entry = { readonly block: Block } | { readonly error: unknown };

/** Asks for what is wanted, two at a time, first things first, and keeps the answers of one snapshot. */
export class Store {
  version = 0;
  snapshot: string | null = null;
  requests = 0;
  /** What each question took, from asking to answer, in milliseconds. */
  lastTook: number | null = null;
  private entries = new Map<string, Entry>();
  private running = new Map<string, AbortController>();
  private wanted: readonly Question[] = [];
  private shown: readonly Question[] = [];
  private listeners = new Set<() => void>();

  constructor(readonly cube: string) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  read = (): number => this.version;

  get(question: Question): Entry | undefined {
    return this.entries.get(nameOf(question));
  }

  get isBusy(): boolean {
    return this.running.size > 0;
  }

  /** Say which questions the screen needs now, the most urgent first. What it no longer needs is given up. */
  want(questions: readonly Question[], shown: readonly Question[] = []): void {
    this.wanted = questions;
    this.shown = shown;
    const names = new Set(questions.map(nameOf));
    const wasBusy = this.isBusy;
    for (const [name, controller] of this.running) {
      if (names.has(name)) continue;
      controller.abort();
      this.running.delete(name);
    }
    this.go();
    // The screen was drawn before this: it must hear that it waits now, or that it no longer does.
    if (wasBusy !== this.isBusy) this.tell();
  }

  /** File answers that came another way, all at once. */
  file(answers: readonly (readonly [Question, Answer])[]): void {
    for (const [question, answer] of answers) this.entries.set(nameOf(question), { block: new Block(answer) });
    this.tell();
  }

  retry(question: Question): void {
    this.entries.delete(nameOf(question));
    this.tell();
  }

  retryAll(): void {
    for (const [name, entry] of this.entries) if ("error" in entry) this.entries.delete(name);
    this.tell();
  }

  /** Give up what is on its way; what it was for says so and can be asked again. */
  cancel(): void {
    for (const [name, controller] of this.running) {
      controller.abort();
      this.entries.set(name, { error: new CancelledError() });
    }
    this.running.clear();
    for (const question of this.wanted) {
      const name = nameOf(question);
      if (!this.entries.has(name)) this.entries.set(name, { error: new CancelledError() });
    }
    this.tell();
  }

  /** Forget everything, so that the newest snapshot is asked. */
  clear(): void {
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
    this.entries.clear();
    this.snapshot = null;
    this.tell();
  }

  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    this.requests += 1;
    return fetchAnswer(this.cube, question, this.snapshot, signal);
  }

  private go(): void {
    for (const question of this.wanted) {
      if (this.running.size >= IN_FLIGHT) return;
      const name = nameOf(question);
      if (!this.entries.has(name) && !this.running.has(name)) void this.run(name, question);
    }
  }

  private async run(name: string, question: Question): Promise<void> {
    const controller = new AbortController();
    this.running.set(name, controller);
    const start = performance.now();
    try {
      const answer = await this.ask(question, controller.signal);
      if (controller.signal.aborted) return;
      this.snapshot ??= answer.meta.snapshot;
      this.lastTook = performance.now() - start;
      this.finish(name, controller, { block: new Block(answer) });
    } catch (error) {
      if (!controller.signal.aborted) this.finish(name, controller, { error });
    }
  }

  private finish(name: string, controller: AbortController, entry: Entry): void {
    if (this.running.get(name) === controller) this.running.delete(name);
    this.keep(name, entry);
    this.go();
  }

  private keep(name: string, entry: Entry): void {
    this.entries.set(name, entry);
    if (this.entries.size > MOST) this.forget(name);
    this.tell();
  }

  /** Let the oldest answers go that the screen does not show. */
  private forget(newest: string): void {
    const needed = new Set([newest, ...this.shown.map(nameOf), ...this.wanted.map(nameOf)]);
    for (const name of this.entries.keys()) {
      if (this.entries.size <= MOST) break;
      if (!needed.has(name)) this.entries.delete(name);
    }
  }

  private tell(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
