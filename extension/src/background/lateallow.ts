// Mends a gap of Chromium. A host that is allowed alone (without its subdomains) is opened by
// `allowAllRequests`, which the browser ties to the frame only once the page's navigation has ended.
// The page's first requests can overtake that and be blocked although the site is allowed. Such a
// page is loaded again, once, with a rule for its tab that needs no tie; if the same is blocked
// again, it was another extension's doing.
import type { Pass } from './dnr.js';

/** `asked` until the rule is in force, `open` until the page begins again. */
type Stage = 'asked' | 'open' | 'again';

interface Attempt {
  readonly host: string;
  readonly stage: Stage;
}

const tried = new Map<number, Attempt>();
const othersBlock = new Set<string>();
const mostHosts = 200;
const mostTabs = 100;
let changed: () => Promise<void> = async () => undefined;

export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

/** The tabs in which a host is opened by a rule of their own, until they go elsewhere. */
export function opened(): Pass[] {
  return [...tried].map(([tabId, { host }]) => ({ tabId, host }));
}

/** A page of this host starts to load in the tab. */
export function begun(tabId: number, host: string): void {
  const attempt = tried.get(tabId);
  if (attempt === undefined) return;
  if (attempt.host !== host) forget(tabId);
  else if (attempt.stage === 'open') tried.set(tabId, { host, stage: 'again' });
}

export function forget(tabId: number): void {
  if (tried.delete(tabId)) void changed();
}

/** Whether to load the page again, in which a request was blocked that our filters would have blocked; says so once its rule is in force. */
export async function worthAnother(tabId: number, host: string): Promise<boolean> {
  if (tabId < 0 || othersBlock.has(host)) return false;
  const attempt = tried.get(tabId);
  if (attempt?.host === host) {
    if (attempt.stage === 'again' && othersBlock.size < mostHosts) othersBlock.add(host);
    return false;
  }
  if (tried.size >= mostTabs) return false;
  const asked: Attempt = { host, stage: 'asked' };
  tried.set(tabId, asked);
  await changed();
  if (tried.get(tabId) !== asked) return false;
  tried.set(tabId, { host, stage: 'open' });
  return true;
}
