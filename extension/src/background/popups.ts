// Windows and tabs that a page opens: filters with `popup` are about what is loaded in them first. The
// browsers' own rules cannot tell such a page from others, so both browsers ask the engine here.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { cause, type Cause } from './cause.js';
import * as consent from './consent.js';
import * as events from './events.js';
import * as options from './options.js';
import * as pause from './pause.js';
import * as sites from './sites.js';
import * as stopped from './stopped.js';

interface Loading {
  readonly requestId: string;
  readonly from: string;
}
export interface Opened {
  readonly url: string;
  readonly tabId: number;
  readonly method: string;
  /** The page that opened it. */
  readonly from: string;
}

/** By tab: the first page that loads there, and who opened it; redirects are the same request. */
const loads = new Map<number, Loading>();

/**
 * The page that opened the tab in which this page is the first; empty where it is not the first, or a
 * person opened it. `hostBefore` is that of the page that was there, empty where none was.
 */
export function openerOf(tabId: number, requestId: string, from: string | undefined, hostBefore: string): string {
  const known = loads.get(tabId);
  if (known?.requestId === requestId) return known.from;
  loads.delete(tabId);
  if (from === undefined || hostOf(from) === '' || hostBefore !== '') return '';
  loads.set(tabId, { requestId, from });
  return from;
}

export function forget(tabId: number): void {
  loads.delete(tabId);
}

/** Whether a filter stops it: then that is told, and our own page is in its place. */
export async function stop({ url, tabId, method, from }: Opened): Promise<boolean> {
  if ((await pause.current()) !== null) return false;
  const site = hostOf(url);
  const policies = [await sites.policy(site), await sites.policy(hostOf(from))];
  if (policies.includes('allow') || (await stopped.passed(site, tabId)) || (await consent.opens(url))) return false;
  const found: Cause | null = await cause({ url, from, type: 'popup', method });
  if (found === null) return false;
  const outcome = policies.includes('monitor') ? 'monitor' : 'block';
  void events.record({ ...found, tabId, site, subject: 'page', url, frameUrl: from, outcome });
  if (outcome === 'monitor') return false;
  if ((await options.get()).stopPages) await stopped.show(tabId, url);
  else await browser.tabs.remove(tabId).catch(() => undefined);
  return true;
}
