// Every message between the rooms of the extension. `background` answers; both ends validate.
// A request is `{ type, payload }`; it is answered with the value itself, or with `Refusal`.
import { boolean, either, integer, nothing, object, oneOf, optional, string, type Reader } from './read.js';
import { content, end, host, limits, pause, policy, scope } from './schema.js';
import type { About, Checked, End, LineProblem, ListsInfo, Options, Pause, Policy, Scope, SiteRule, Statistics, StopEvent, TabState, Tested } from './model.js';

type Empty = Record<string, never>;

/** Requests from our own pages to the background: name to [what is sent, what is answered]. */
export interface Requests {
  'tab.state': [{ tabId: number }, TabState];
  'site.set': [{ name: string; scope: Scope; policy: Policy; until: End }, { rule: SiteRule | null }];
  'site.remove': [{ name: string; scope: Scope }, { removed: boolean }];
  'site.list': [Empty, { rules: readonly SiteRule[] }];
  /** Lets exactly this module run on the site of this host, or no longer. */
  'module.allow': [{ host: string; content: string }, Empty];
  'module.forget': [{ host: string; content: string }, Empty];
  'site.export': [Empty, { text: string }];
  /** `errors`: places in the file that could not be read (`line 7`, `rules[3].policy`), the whole `file`, or `toomany`. */
  'site.import': [{ text: string }, { added: number; errors: readonly string[] }];
  'pause.get': [Empty, { until: Pause }];
  'pause.set': [{ until: Pause }, { until: Pause }];
  'log.query': [{ text: string; before: number | null; limit: number }, { events: readonly StopEvent[]; more: boolean }];
  'log.clear': [Empty, Empty];
  'statistics.get': [Empty, Statistics];
  'lists.get': [Empty, ListsInfo];
  /** Pulls one list, or all (null). */
  'lists.pull': [{ id: string | null }, ListsInfo];
  'lists.enable': [{ id: string; enabled: boolean }, ListsInfo];
  'lists.add': [{ url: string; title: string }, ListsInfo];
  'lists.addText': [{ title: string; text: string }, ListsInfo];
  'lists.remove': [{ id: string }, ListsInfo];
  /** Brings a version into force that was held back. */
  'lists.accept': [{ id: string }, ListsInfo];
  'lists.rollBack': [Empty, ListsInfo];
  /** Lines of a list that are not in force, and why. */
  'lists.problems': [{ id: string }, { problems: readonly LineProblem[]; more: number }];
  /** The person's own filters. */
  'own.get': [Empty, { text: string }];
  'own.set': [{ text: string }, Checked];
  /** What would become of them in this browser, line by line. */
  'own.check': [{ text: string }, Checked];
  /** Would this address be blocked, and by what? */
  'lists.test': [{ url: string; from: string; kind: string }, Tested];
  'options.get': [Empty, Options];
  'options.set': [Partial<Options>, Options];
  'about.get': [Empty, About];
  /** Host access was granted or taken back while a page of ours is open. */
  'access.get': [Empty, { hostAccess: boolean }];
  /** Why this address was stopped as a page, whether by one of our own lists, which have only miners; and the way through for this once (or always). */
  'stopped.get': [{ url: string }, { list: string; filter: string; service: string; ofMiners: boolean }];
  'stopped.proceed': [{ url: string; always: boolean }, Empty];
}
export type RequestName = keyof Requests;

/** The answer to a request that could not be done, with the reason. */
export interface Refusal {
  readonly refused: string;
}

/** What each request must look like where it arrives. */
export const payloads: { readonly [N in RequestName]: Reader<Requests[N][0]> } = {
  'tab.state': object({ tabId: integer(-1) }),
  'site.set': object({ name: host, scope, policy, until: end }),
  'site.remove': object({ name: host, scope }),
  'module.allow': object({ host, content }),
  'module.forget': object({ host, content }),
  'site.list': nothing,
  'site.export': nothing,
  'site.import': object({ text: string(limits.file) }),
  'pause.get': nothing,
  'pause.set': object({ until: pause }),
  'log.query': object({
    text: string(200),
    before: (value, place) => (value === null ? null : integer(1)(value, place)),
    limit: integer(1, 500),
  }),
  'log.clear': nothing,
  'statistics.get': nothing,
  'lists.get': nothing,
  'lists.pull': object({ id: either(string(80, 1), oneOf(null)) }),
  'lists.enable': object({ id: string(80, 1), enabled: boolean }),
  'lists.add': object({ url: string(2_000, 1), title: string(300) }),
  'lists.addText': object({ title: string(300, 1), text: string(24_000_000, 1) }),
  'lists.remove': object({ id: string(80, 1) }),
  'lists.accept': object({ id: string(80, 1) }),
  'lists.rollBack': nothing,
  'lists.problems': object({ id: string(80, 1) }),
  'own.get': nothing,
  'own.set': object({ text: string(2_000_000) }),
  'own.check': object({ text: string(2_000_000) }),
  'lists.test': object({ url: string(16_384, 1), from: string(16_384), kind: string(40, 1) }),
  'options.get': nothing,
  'options.set': object({ badge: optional(boolean), stopPages: optional(boolean), hiddenOnly: optional(boolean) }),
  'about.get': nothing,
  'access.get': nothing,
  'stopped.get': object({ url: string(16_384, 1) }),
  'stopped.proceed': object({ url: string(16_384, 1), always: boolean }),
};

export const requestName = oneOf(...(Object.keys(payloads) as RequestName[]));
