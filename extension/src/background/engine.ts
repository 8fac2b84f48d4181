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

export interface Decision {
  readonly outcome: 'block' | 'allow';
  readonly filter: string;
  readonly list: string;
}

/** What is needed of the loaded engine. */
interface Door {
  check(query: Query): Decision | null;
  registrable(host: string): string;
  readonly filters: number;
}

export interface State {
  readonly ready: boolean;
  readonly filters: number;
  readonly loadMilliseconds: number;
  readonly error: string;
}

let loading: Promise<Door | null> | undefined;
let state: State = { ready: false, filters: 0, loadMilliseconds: 0, error: '' };

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
  const began = performance.now();
  try {
    const door = await instantiate();
    if (door === null) return null;
    state = { ready: true, filters: door.filters, loadMilliseconds: Math.round(performance.now() - began), error: '' };
    return door;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    state = { ...state, error: detail };
    complain('engine', detail);
    return null;
  }
}

async function instantiate(): Promise<Door | null> {
  void glue;
  void browser;
  return null;
}

export async function check(query: Query): Promise<Decision | null> {
  return (await load())?.check(query) ?? null;
}

/** The registrable domain of a host: `a.b.example.co.uk` is `example.co.uk`. */
export async function registrable(host: string): Promise<string> {
  const door = await load();
  return door === null ? guess(host) : door.registrable(host);
}
