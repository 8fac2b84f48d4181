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
  /** Where the technique does not even work in a plain browser. */
  readonly void?: readonly Name[];
}

export const techniques: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.html'))
  .map((file) => file.slice(0, -5))
  .sort();

const nowhere = { void: ['chromium', 'firefox'] } as const;

export const exceptions: Readonly<Record<string, Exception>> = {
  // Only a guard can be got around this way; the platform itself refuses it.
  'streaming-thenable': nowhere,
  'streaming-late-then': nowhere,
  'streaming-species': nowhere,
  'worker-url-object': nowhere,
  'worker-foreign-transient': { void: ['chromium'] },
  'wasm-data-view': { void: ['chromium'] },
  'wasm-esm': nowhere,
  'wasm-source-phase': nowhere,
  'module-from-opaque-frame': nowhere,
  // Not in every browser.
  'shared-worker-nested': { void: ['chromium'] },
  'socket-stream': { void: ['firefox'] },
  // Firefox has no WebGL where there is no screen.
  ...Object.fromEntries(['foreign', 'foreign-source', 'offscreen', 'type-object', 'webgl', 'worker'].map((name) => [`shader-${name}`, { void: ['firefox'] as const }])),
  'shader-early': { chromium: 'open', firefox: 'open', void: ['firefox'] },
  // The platform gives no way in; THREATS.md says what stands in its place.
  'iframe-mixed-insertion': { chromium: 'open', firefox: 'open' },
  'iframe-options-index': { chromium: 'open', firefox: 'open' },
  'object-layout': { chromium: 'open', firefox: 'open' },
  'iframe-custom-element': { chromium: 'open', firefox: 'open' },
  'iframe-written-with-script': { chromium: 'open', firefox: 'open' },
  'socket-transport-early': { chromium: 'open', firefox: 'open' },
  'worker-csp-network': { chromium: 'open' },
  'shared-worker-fetch': { chromium: 'open' },
  'service-worker-fetch': { chromium: 'open' },
  'detect-question': { chromium: 'open', firefox: 'open' },
};

export function expected(name: string, browser: Name): Status {
  return exceptions[name]?.[browser] ?? 'stopped';
}

/** Pages that look for the guard: without it there is nothing to see. */
export function looksForGuard(name: string): boolean {
  return /^(?:detect|steal|forge)-/u.test(name);
}
