// The scriptlets of followed lists on their way into pages. What runs is the package's; which calls, and
// where, is data that the browser has to bring into the page before its first script. Chromium answers a
// question by a rule; Firefox registers the asking script under an address that carries the calls.
import { answer, ask } from './answers.js';

/** What the lists in force ask for. */
export interface Scriptlets {
  /** JSON, as `guard/scriptlets/call.ts` reads it. */
  readonly calls: string;
  /** Where any of them can run, with subdomains. */
  readonly hosts: readonly string[];
  /** Any of them can run elsewhere too. */
  readonly wide: boolean;
}

/** Scripts that are registered together: the calls come from the second. */
export const files = { run: 'scriptlets-followed.js', bring: 'scriptlets-calls.js' } as const;

/** The event by which the calls come into the page's own world; with `?` it is asked for. */
export const word = 'nomine:calls';

const from = 'https://scriptlets.nomine.invalid/';

/** What a rule redirects, and where to. */
export function answerOf(calls: string): { readonly from: string; readonly to: string } {
  return { from, to: answer(encodeURIComponent(calls)) };
}

/** The calls, as JSON; empty where nothing answers. */
export function askCalls(): string {
  return decodeURIComponent(ask(from));
}

/** The file that brings the calls, under an address that carries them. */
export function carrying(calls: string): string {
  return `${files.bring}?${encodeURIComponent(calls)}`;
}

/** The calls that the address of a script carries. */
export function carried(address: string): string {
  const start = address.indexOf('?');
  return start < 0 ? '' : decodeURIComponent(address.slice(start + 1));
}
