// What is expected of each technique; those that are not named here are stopped in both browsers.
// THREATS.md has a row for each, and a test compares the two.
import { readdirSync } from 'node:fs';
import { folder } from './site.js';
import type { Name } from '../browser/harness/index.js';

/** `stopped`: the page does not get what it wants. `open`: it does, and THREATS.md says why. */
export type Status = 'stopped' | 'open';

export interface Exception {
  readonly chromium?: Status;
  readonly firefox?: Status;
  /** Browsers that lack what the technique needs: the page says so, after it has tried the same with something harmless. */
  readonly absent?: readonly Name[];
  /** Where it is open, the background is mostly too late, and in time on a busy machine. */
  readonly raced?: true;
  /** Only a guard can be got around in this way; the platform itself refuses it. */
  readonly inert?: true;
}

export const techniques: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.html'))
  .map((file) => file.slice(0, -5))
  .sort();

const nowhere = { absent: ['chromium', 'firefox'] } as const;

export const exceptions: Readonly<Record<string, Exception>> = {
  'streaming-thenable': { inert: true },
  'streaming-late-then': { inert: true },
  'streaming-species': { inert: true },
  'worker-url-object': { inert: true },
  'service-worker-url-object': { inert: true },
  'watch-own-switch': { inert: true },
  'http-fetch-twice': { inert: true },
  'worker-foreign-transient': { absent: ['chromium'] },
  'wasm-data-view': { absent: ['chromium'] },
  'wasm-esm': nowhere,
  'wasm-source-phase': nowhere,
  'module-from-opaque-frame': nowhere,
  'shared-worker-nested': { absent: ['chromium'] },
  'worker-filesystem': { absent: ['firefox'] },
  'socket-stream': { absent: ['firefox'] },
  // Firefox has no WebGL where there is no screen.
  ...Object.fromEntries(['foreign', 'foreign-source', 'in-policy', 'offscreen', 'type-object', 'webgl', 'worker'].map((name) => [`shader-${name}`, { absent: ['firefox'] as const }])),
  'shader-early': { chromium: 'open', firefox: 'open', absent: ['firefox'] },
  // The platform gives no way in; THREATS.md says what stands in its place.
  'iframe-mixed-insertion': { chromium: 'open', firefox: 'open' },
  'iframe-options-index': { chromium: 'open', firefox: 'open' },
  'iframe-select-index': { chromium: 'open', firefox: 'open' },
  'iframe-selected-content': { chromium: 'open', absent: ['firefox'] },
  'iframe-next-soon': { chromium: 'open', firefox: 'open' },
  'iframe-slow-body': { chromium: 'open', firefox: 'open' },
  'iframe-custom-constructor': { chromium: 'open', firefox: 'open' },
  'iframe-shadow-javascript': { chromium: 'open', firefox: 'open' },
  'iframe-shadow-link': { chromium: 'open', firefox: 'open' },
  'window-link-javascript': { chromium: 'open', firefox: 'open' },
  'window-form-javascript': { chromium: 'open', firefox: 'open' },
  'object-layout': { chromium: 'open', firefox: 'open' },
  'iframe-custom-element': { chromium: 'open', firefox: 'open' },
  'iframe-written-with-script': { chromium: 'open', firefox: 'open' },
  'socket-transport-early': { chromium: 'open', firefox: 'open' },
  'worker-csp-network': { chromium: 'open', raced: true },
  'worker-answered': { chromium: 'open' },
  'shared-worker-answered': { chromium: 'open' },
  'shared-worker-fetch': { chromium: 'open', raced: true },
  'service-worker-fetch': { chromium: 'open', raced: true },
  'detect-question': { chromium: 'open', firefox: 'open' },
};

export function expected(name: string, browser: Name): Status {
  return exceptions[name]?.[browser] ?? 'stopped';
}

/** What a page is to say: `ran`, that it got what it wants; `refused`, that it did not; `absent`, that it cannot. */
export function wanted(name: string, browser: Name, guarded: boolean): 'ran' | 'refused' | 'absent' {
  const { absent, inert } = exceptions[name] ?? {};
  if (absent?.includes(browser) === true) return 'absent';
  const wins = guarded ? expected(name, browser) === 'open' : inert !== true && !looksForGuard(name);
  return wins ? 'ran' : 'refused';
}

/** Whether the background can be in time all the same. */
export function mayBeStopped(name: string, browser: Name, guarded: boolean): boolean {
  return guarded && exceptions[name]?.raced === true && expected(name, browser) === 'open';
}

/** Pages that look for the guard: without it there is nothing to see. */
export function looksForGuard(name: string): boolean {
  return /^(?:detect|steal|forge)-/u.test(name);
}
