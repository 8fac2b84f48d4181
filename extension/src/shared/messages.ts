// Every message between the rooms of the extension. `background` answers the requests below;
// both ends validate what they receive.
import type { ListInfo, Options, Pause, Policy, Scope, SiteRule, Statistics, StopEvent, TabState } from './model.js';

/** Requests from our own pages to the background: name to [what is sent, what is answered]. */
export interface Requests {
  'tab.state': [{ tabId: number }, TabState];
  'site.set': [{ name: string; scope: Scope; policy: Policy; until: number | null }, { rule: SiteRule | null }];
  'site.remove': [{ name: string; scope: Scope }, { removed: boolean }];
  'site.list': [Record<string, never>, { rules: readonly SiteRule[] }];
  'site.export': [Record<string, never>, { text: string }];
  'site.import': [{ text: string }, { added: number; errors: readonly string[] }];
  'pause.set': [{ until: Pause }, { until: Pause }];
  'log.query': [{ text: string; before: number | null; limit: number }, { events: readonly StopEvent[]; more: boolean }];
  'log.clear': [Record<string, never>, Record<string, never>];
  'statistics.get': [Record<string, never>, Statistics];
  'lists.get': [Record<string, never>, { lists: readonly ListInfo[] }];
  'options.get': [Record<string, never>, Options];
  'options.set': [Partial<Options>, Options];
  /** Why this address was stopped as a page, and the way through for this once (or always). */
  'stopped.get': [{ url: string }, { list: string; filter: string; service: string }];
  'stopped.proceed': [{ url: string; always: boolean }, Record<string, never>];
}
export type RequestName = keyof Requests;
