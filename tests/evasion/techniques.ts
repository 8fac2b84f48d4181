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

export const exceptions: Readonly<Record<string, Exception>> = {};

export function expected(name: string, browser: Name): Status {
  return exceptions[name]?.[browser] ?? 'stopped';
}

/** Pages that look for the guard: without it there is nothing to see. */
export function looksForGuard(name: string): boolean {
  return /^(?:detect|steal|forge|flood)-/u.test(name);
}
