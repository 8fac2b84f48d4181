// The heavy work on lists, by the engine: trimming, differences, compiling, the sanity check. It runs
// in a worker in Firefox, where the background answers for every request and must not wait, and in
// the background itself in Chromium, where the browser's own rules decide.
import type { Scriptlets } from '../../shared/scriptlets.js';
import { glue } from 'nomine:engine';

export interface Trim {
  readonly section: string;
  readonly until: string;
  readonly keep: readonly string[];
  readonly drop: readonly string[];
}
export type Syntax = 'adblock' | 'hosts' | 'domains';
export interface Text {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly syntax: Syntax | null;
}
export interface Held {
  readonly reason: string;
  readonly words: string;
  readonly before?: number;
  readonly after?: number;
  readonly host?: string;
  readonly filter?: string;
  readonly hosts?: number;
}
/** A list that arrived, looked at alone. */
export interface Prepared {
  readonly text: string;
  readonly leftOut: number;
  readonly filters: number;
  readonly held: Held | null;
  readonly title: string;
  readonly homepage: string;
  readonly licence: string;
  readonly expiresHours: number | null;
  /** `Diff-Expires`. */
  readonly diffExpiresHours: number | null;
  readonly diffPath: string;
}
export interface Trouble {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  /** The rest of the line is in force; missing in states of earlier versions. */
  readonly partly?: boolean;
}
/** What became of a list. */
export interface Outcome {
  readonly id: string;
  /** What it calls itself; missing in states of earlier versions. */
  readonly title?: string;
  readonly filters: number;
  readonly refused: number;
  /** Filters that the browser's own rules cannot express, or have no room for. */
  readonly notInRules: number;
  readonly troubles: readonly Trouble[];
  /** Troubles beyond those that are kept; missing in states of earlier versions. */
  readonly more?: number;
}
/** A request, as the engine is asked about it. */
export interface Request {
  readonly url: string;
  readonly from: string;
  readonly type: string;
}
export interface Beyond {
  readonly filter: string;
  readonly list: string;
  readonly reason: string;
}
export interface Compiled {
  readonly engine: Uint8Array<ArrayBuffer>;
  readonly filters: number;
  readonly rules: readonly chrome.declarativeNetRequest.Rule[];
  readonly outcomes: readonly Outcome[];
  readonly scriptlets: Scriptlets;
}
export interface OpenedBundle {
  readonly version: number;
  readonly created: number;
  readonly expires: number;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}
export interface Circumstances {
  readonly now: number;
  readonly newest: number | null;
  readonly base: { readonly version: number; readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> } | null;
}

interface List {
  readonly title: string;
  readonly counts: { readonly filters: number; readonly scriptlets: number; readonly unsupported: number; readonly broken: number };
  readonly metadata: { readonly title: string; readonly homepage: string; readonly licence: string; readonly diff_path: string; readonly expires_hours: number | null; readonly diff_expires_hours: number | null };
}
interface Problem {
  readonly list: number;
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}
interface Compilation {
  lists(): readonly List[];
  problems(): readonly (Problem & { readonly severity: string })[];
  gate(before?: number): Held | null;
  rules(browser: string, firstId: number, firstList?: number): { readonly rules: chrome.declarativeNetRequest.Rule[]; readonly left_out: readonly (Problem & { readonly partly: boolean })[] };
  /** After `rules` for Chromium: of what is among those. */
  takeEngine(): { serialize(): Uint8Array<ArrayBuffer>; check(url: string, from: string, type: string, method: string): Checked; readonly filters: number; free(): void };
  scriptlets(browser: string, firstList: number): { readonly calls: readonly object[]; readonly hosts: readonly string[]; readonly wide: boolean; readonly left_out: readonly Problem[] };
  free(): void;
}
interface Checked {
  readonly effect: 'none' | 'block' | 'allow';
  readonly filter: { readonly filter: string; readonly list: string; readonly line: number } | null;
}
interface Bundle {
  readonly version: number;
  readonly created: number;
  readonly expires: number;
  names(): string[];
  file(name: string): Uint8Array<ArrayBuffer> | undefined;
  free(): void;
}
interface Glue {
  default(options: { module_or_path: Promise<Response> }): Promise<unknown>;
  compile(lists: readonly object[], browser: string): Compilation;
  trimList(text: string, rule: Trim): { readonly text: string; readonly left_out: number };
  applyPatch(text: string, patch: string, name: string): string;
  openBundle(bytes: Uint8Array, keys: readonly string[], here: object, installed?: object): Bundle;
  readonly Installed: new () => { add(name: string, bytes: Uint8Array): void };
  readonly Inspector: { load(bytes: Uint8Array): { free(): void } };
}

/** Troubles kept for the Lists page, of each list; how many more there are is kept too. */
export const mostTroubles = 200;

const engineGlue = glue as unknown as Glue;
let starting: Promise<unknown> | undefined;

/** Loads the engine's module from this address, once. */
export async function start(address: string): Promise<void> {
  starting ??= engineGlue.default({ module_or_path: fetch(address) });
  await starting;
}

export interface Work {
  prepare(list: Omit<Text, 'id'>, rule: Trim | null, before: number | null, browser: string): Promise<Prepared>;
  patch(text: string, patch: string, name: string): Promise<string>;
  compile(lists: readonly Text[], browser: string, firstList: number): Promise<Compiled>;
  open(bytes: Uint8Array<ArrayBuffer>, keys: readonly string[], here: Circumstances): Promise<OpenedBundle>;
  /** What would become of a list if it were alone, with all that is wrong with it; nothing is installed. */
  check(list: Text, browser: string): Promise<Outcome>;
  /** A filter of these lists that would block this request if the browser's own rules had room or words for it. */
  beyond(lists: readonly Text[], browser: string, request: Request): Promise<Beyond | null>;
}

/** Ids of rules made from lists; those of site rules are above. */
export const firstRule = 1;

function forGlue({ title, text, syntax }: Omit<Text, 'id'>): object {
  return syntax === null ? { title, text } : { title, text, syntax };
}

/** A line of a list as far as it is kept: the engine's copy, or the list's own where there is none. */
function kept(copy: string, line: string): string {
  return copy === '' ? line.trim().slice(0, 160) : copy;
}

/** In the order of the lines, with the lines as they are in the list where the engine does not keep them. */
function written(troubles: readonly Trouble[], text: string, most: number): readonly Trouble[] {
  const first = [...troubles].sort((left, right) => left.line - right.line).slice(0, most);
  const lines = first.some((one) => one.text === '') ? text.split('\n') : [];
  return first.map(({ line, text: copy, reason, partly }) => ({ line, text: kept(copy, lines[line - 1] ?? ''), reason, partly: partly === true }));
}

/** The browser's rules for the lists from `firstList` on, and what became of every list. */
function rulesAndOutcomes(compilation: Compilation, lists: readonly Text[], browser: string, firstList: number, most: number): Pick<Compiled, 'rules' | 'outcomes' | 'scriptlets'> {
  const { rules, left_out: leftOut } = compilation.rules(browser, firstRule, firstList);
  const { calls, hosts, wide, left_out: notRun } = compilation.scriptlets(browser, firstList);
  const problems = compilation.problems();
  const outcomes = compilation.lists().slice(0, lists.length).map((list, index): Outcome => {
    const missing = leftOut.filter((left) => left.list === index);
    const wrong = problems.filter((problem) => problem.list === index).map((problem) => ({ ...problem, partly: problem.severity === 'partial' }));
    const idle = notRun.filter((left) => left.list === index);
    // In Firefox the engine applies what its own rules cannot express.
    const troubles = [...wrong, ...idle, ...(browser === 'firefox' ? [] : missing)];
    return {
      id: lists[index]?.id ?? '',
      title: list.title === '' ? list.metadata.title : list.title,
      filters: list.counts.filters + list.counts.scriptlets - idle.length,
      refused: new Set([...wrong.filter(({ partly }) => !partly), ...idle].map(({ line }) => line)).size,
      notInRules: new Set(missing.filter(({ partly }) => !partly).map(({ line }) => line)).size,
      troubles: written(troubles, lists[index]?.text ?? '', most),
      more: Math.max(0, troubles.length - most),
    };
  });
  return { rules, outcomes, scriptlets: { calls: calls.length === 0 ? '' : JSON.stringify(calls), hosts, wide } };
}

export const work: Work = {
  prepare: async (list, rule, before, browser) => {
    const trimmed = rule === null ? { text: list.text, left_out: 0 } : engineGlue.trimList(list.text, rule);
    const compilation = engineGlue.compile([forGlue({ ...list, text: trimmed.text })], browser);
    try {
      const [found] = compilation.lists();
      const { metadata } = found ?? { metadata: { title: '', homepage: '', licence: '', diff_path: '', expires_hours: null, diff_expires_hours: null } };
      return {
        text: trimmed.text,
        leftOut: trimmed.left_out,
        filters: found === undefined ? 0 : found.counts.filters + found.counts.scriptlets,
        held: compilation.gate(before ?? undefined) ?? null,
        title: metadata.title,
        homepage: metadata.homepage,
        licence: metadata.licence,
        expiresHours: metadata.expires_hours,
        diffExpiresHours: metadata.diff_expires_hours,
        diffPath: metadata.diff_path,
      };
    } finally {
      compilation.free();
    }
  },

  patch: async (text, patch, name) => engineGlue.applyPatch(text, patch, name),

  compile: async (lists, browser, firstList) => {
    const compilation = engineGlue.compile(lists.map(forGlue), browser);
    try {
      const { rules, outcomes, scriptlets } = rulesAndOutcomes(compilation, lists, browser, firstList, mostTroubles);
      const engine = compilation.takeEngine();
      const answer = { engine: engine.serialize(), filters: engine.filters, rules, outcomes, scriptlets };
      engine.free();
      return answer;
    } finally {
      compilation.free();
    }
  },

  open: async (bytes, keys, here) => {
    const installed = new engineGlue.Installed();
    for (const [name, file] of Object.entries(here.base?.files ?? {})) installed.add(name, file);
    const circumstances = { now: here.now, ...(here.newest !== null && { newest: here.newest }), ...(here.base !== null && { base: here.base.version }) };
    const bundle = engineGlue.openBundle(bytes, keys, circumstances, installed);
    try {
      const files = Object.fromEntries(bundle.names().map((name) => [name, bundle.file(name) ?? new Uint8Array()]));
      // Signatures of another version of the format are found out before anything changes.
      if (files['signatures.bin'] !== undefined) engineGlue.Inspector.load(files['signatures.bin']).free();
      return { version: bundle.version, created: bundle.created, expires: bundle.expires, files };
    } finally {
      bundle.free();
    }
  },

  check: async (list, browser) => {
    const compilation = engineGlue.compile([forGlue(list)], browser);
    try {
      const [outcome] = rulesAndOutcomes(compilation, [list], browser, 0, Number.POSITIVE_INFINITY).outcomes;
      return outcome ?? { id: list.id, filters: 0, refused: 0, notInRules: 0, troubles: [] };
    } finally {
      compilation.free();
    }
  },

  beyond: async (lists, browser, { url, from, type }) => {
    const compilation = engineGlue.compile(lists.map(forGlue), browser);
    try {
      // Taken before the rules are made: of all filters.
      const engine = compilation.takeEngine();
      const { effect, filter } = engine.check(url, from, type, 'GET');
      engine.free();
      if (effect !== 'block' || filter === null) return null;
      const titles = compilation.lists().map(({ title }) => title);
      const left = compilation.rules(browser, firstRule, 0).left_out.find((one) => !one.partly && one.line === filter.line && titles[one.list] === filter.list);
      return left === undefined ? null : { filter: filter.filter, list: filter.list, reason: left.reason };
    } finally {
      compilation.free();
    }
  },
};
