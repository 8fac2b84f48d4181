// One way to drive both browsers. Pages are tabs; every script runs in the page's own world.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.js';

export type Name = 'chromium' | 'firefox';
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const patience = 30_000;

export interface Options {
  readonly world: World;
  /** Without the extension: for comparing. Default true. */
  readonly extension?: boolean;
  /** Installed as a person would have it, so that it survives `restart()`. Default false. */
  readonly installed?: boolean;
  /** A visible window. Default false. */
  readonly visible?: boolean;
  /** More preferences for Firefox, more arguments for Chromium. */
  readonly preferences?: Readonly<Record<string, string | number | boolean>>;
  readonly arguments?: readonly string[];
  /** Another unpacked extension than the one in dist/. */
  readonly folder?: string;
}

export interface Page {
  /** Ends when the page has loaded, or was refused; never throws because of a refusal. */
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  back(): Promise<void>;
  url(): Promise<string>;
  title(): Promise<string>;
  /** Runs a function (or an expression) in the page; what it returns must be JSON. */
  evaluate<A extends readonly Json[], T>(code: string | ((...args: A) => T | Promise<T>), ...args: A): Promise<T>;
  /** Clicks as a person would, in the page or in a frame of it. */
  click(selector: string, frame?: string): Promise<void>;
  /** Presses one key, as a person would. */
  press(key: 'Tab' | ' '): Promise<void>;
  /** What the browser tells the page that the person prefers. */
  emulate(scheme: 'light' | 'dark'): Promise<void>;
  /** The size of what shows the page, in its own pixels; Firefox keeps a window at least 450 wide. */
  resize(width: number, height: number): Promise<void>;
  screenshot(path: string, scheme?: 'light' | 'dark'): Promise<string>;
  close(): Promise<void>;
}

export interface Browser {
  readonly name: Name;
  readonly version: string;
  newPage(): Promise<Page>;
  /** Address of a page of the extension; `undefined` if it runs without. */
  extensionUrl(path: string): string;
  /** Milliseconds of processor time that its processes use in the next so many milliseconds. */
  processorTime(milliseconds: number): Promise<number>;
  /** Stops the background as the browser does when it idles. */
  stopBackground(): Promise<void>;
  /** Takes what is in the extension's folder now, as an update; its pages from before are gone. */
  update(): Promise<void>;
  /** Quits and starts again with the same profile; pages from before are gone. */
  restart(): Promise<void>;
  /** As `restart`, but the browser is killed in the middle of whatever it does. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** Source text that calls `code` with `args`. The bundler of tests names functions by `__name`. */
export function callable(code: string | ((...args: never[]) => unknown), args: readonly Json[]): string {
  const body = typeof code === 'string' ? `(${code})` : `(${String(code)})(...${JSON.stringify(args)})`;
  return `(async () => { const __name = (f) => f; return await ${body}; })()`;
}

/** Asks until the answer is true (or anything but undefined, null, false). */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { within = patience, every = 100 }: { within?: number; every?: number } = {},
): Promise<T> {
  const end = Date.now() + within;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain for: ${what} (last: ${String(last)})`);
    await pause(every);
  }
}

/** Tries again where a thing was found and is gone before it is used, as when a page of ours is drawn anew. */
export async function again<T>(act: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (tries === 1 || !/detached|stale|no session/iu.test(String(error))) throw error;
    await pause(100);
    return again(act, tries - 1);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Where screenshots go. */
export function shot(name: string): string {
  const path = join(root, 'out/screenshots', `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
