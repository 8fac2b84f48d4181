// The engine in the background: loaded at first need, asked which filter decides a request.
import { glue } from 'nomine:engine';
import { browser } from '../shared/browser.js';
import { guess } from './domain.js';
import { complain } from './problems.js';

export interface Query {
  readonly url: string;
  /** Address of the document that asks; empty where it is not known. */
  readonly from: string;
  /** The resource type, as the browser names it. */
  readonly type: string;
  readonly method: string;
}

/** A filter that blocks, as it is written, and the title of its list. */
export interface Decision {
  readonly filter: string;
  readonly list: string;
  /** The neutral resource that is to answer in its place; empty: none. */
  readonly redirect: string;
}

/** What is needed of the loaded engine. */
interface Door {
  check(query: Query): Decision | null;
  policies(query: Query): readonly string[];
  registrable(host: string): string;
  free(): void;
  readonly filters: number;
}

export interface State {
  readonly ready: boolean;
  readonly filters: number;
  readonly loadMilliseconds: number;
  readonly error: string;
  /** The engine made of updated lists could not be used; that of the package is. */
  readonly damaged: boolean;
}

let loading: Promise<Door | null> | undefined;
let state: State = { ready: false, filters: 0, loadMilliseconds: 0, error: '', damaged: false };
let stored: () => Promise<Uint8Array<ArrayBuffer> | null> = () => Promise.resolve(null);

let whenDamaged: () => void = () => undefined;

/** Says where the engine made of updated lists is kept, and who is told when it cannot be used. */
export function start(find: typeof stored, damaged: () => void): void {
  stored = find;
  whenDamaged = damaged;
}

/** Takes another engine from now on; null: that of the package. A damaged one is not taken. */
export async function use(bytes: Uint8Array<ArrayBuffer> | null): Promise<void> {
  const before = await load();
  const next = await attempt(() => doorOf(bytes));
  if (next === null) return;
  loading = Promise.resolve(next);
  // Who has just been given the one before still asks it.
  setTimeout(() => before?.free(), 0);
}

/** Null where there is no engine; asked only once per background start. */
export function load(): Promise<Door | null> {
  loading ??= open();
  return loading;
}

export async function status(): Promise<State> {
  await load();
  return state;
}

async function open(): Promise<Door | null> {
  const bytes = await stored().catch(() => null);
  if (bytes !== null) {
    const door = await attempt(() => doorOf(bytes));
    if (door !== null) return door;
    state = { ...state, damaged: true };
    queueMicrotask(whenDamaged);
  }
  return attempt(() => doorOf(null));
}

async function attempt(make: () => Promise<Door | null>): Promise<Door | null> {
  const began = performance.now();
  try {
    const door = await make();
    if (door === null) return null;
    state = { ...state, ready: true, filters: door.filters, loadMilliseconds: Math.round(performance.now() - began), error: '' };
    return door;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    state = { ...state, error: detail };
    complain('engine', detail);
    return null;
  }
}

/** What wasm-bindgen's glue of `crate/web` offers, as far as it is used here. */
interface Glue {
  default(options: { module_or_path: Promise<Response> }): Promise<unknown>;
  registrableDomain(host: string): string;
  readonly Engine: { load(bytes: Uint8Array): Compiled };
}
interface Compiled {
  free(): void;
  readonly filters: number;
  blocks(url: string, initiator: string, type: string, method: string): boolean;
  check(url: string, initiator: string, type: string, method: string): Answer;
}
interface Answer {
  readonly effect: 'none' | 'block' | 'allow';
  readonly filter: { readonly filter: string; readonly list: string } | null;
  readonly redirect?: string | null;
  readonly csp: readonly { readonly policy: string }[];
}

function isGlue(value: unknown): value is Glue {
  return typeof value === 'object' && value !== null && 'default' in value && 'Engine' in value && 'registrableDomain' in value;
}

let instantiating: Promise<unknown> | undefined;

/** The engine of these bytes; null: of the package's. */
async function doorOf(own: Uint8Array<ArrayBuffer> | null): Promise<Door | null> {
  if (!isGlue(glue)) return null;
  instantiating ??= glue.default({ module_or_path: read('engine.wasm') });
  const [bytes] = await Promise.all([own ?? read('rules/engine.bin').then(async (response) => new Uint8Array(await response.arrayBuffer())), instantiating]);
  const compiled = glue.Engine.load(bytes);
  const { registrableDomain } = glue;
  return {
    filters: compiled.filters,
    check({ url, from, type, method }) {
      // Most requests are not listed: the short question first, without an object to build.
      if (!compiled.blocks(url, from, type, method)) return null;
      const { effect, filter, redirect } = compiled.check(url, from, type, method);
      return effect === 'block' ? { filter: filter?.filter ?? '', list: filter?.list ?? '', redirect: redirect ?? '' } : null;
    },
    policies: ({ url, from, type, method }) => compiled.check(url, from, type, method).csp.map(({ policy }) => policy),
    registrable: (host) => registrableDomain(host),
    free: () => compiled.free(),
  };
}

async function read(path: string): Promise<Response> {
  const response = await fetch(browser.runtime.getURL(path));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** The filter that blocks this request; null where none does. */
export async function check(query: Query): Promise<Decision | null> {
  return (await load())?.check(query) ?? null;
}

/** Content-Security-Policies that filters add to this document. */
export async function policies(query: Query): Promise<readonly string[]> {
  return (await load())?.policies(query) ?? [];
}

/** The registrable domain of a host: `a.b.example.co.uk` is `example.co.uk`. */
export async function registrable(host: string): Promise<string> {
  const door = await load();
  return door === null ? guess(host) : door.registrable(host);
}
