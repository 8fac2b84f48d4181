// Mends a gap of Chromium. A host that is allowed alone (without its subdomains) is opened by
// `allowAllRequests`, which the browser ties to the frame only once the page's navigation has ended.
// The page's first requests can overtake that and be blocked although the site is allowed. Such a
// page is loaded again, once; if the same is blocked again, it was another extension's doing.

type Stage = 'asked' | 'again';

const tried = new Map<number, { readonly host: string; readonly stage: Stage }>();
const othersBlock = new Set<string>();
const mostHosts = 200;

/** A page starts to load in the tab. */
export function begun(tabId: number): void {
  const attempt = tried.get(tabId);
  if (attempt === undefined) return;
  if (attempt.stage === 'asked') tried.set(tabId, { ...attempt, stage: 'again' });
  else tried.delete(tabId);
}

export function forget(tabId: number): void {
  tried.delete(tabId);
}

/** Whether to load the page again, in which a request was blocked that our filters would have blocked. */
export function worthAnother(tabId: number, host: string): boolean {
  if (tabId < 0 || othersBlock.has(host)) return false;
  const attempt = tried.get(tabId);
  if (attempt?.host === host) {
    if (attempt.stage === 'again' && othersBlock.size < mostHosts) othersBlock.add(host);
    return false;
  }
  tried.set(tabId, { host, stage: 'asked' });
  return true;
}
