// What the popup shows for a tab.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import type { TabState } from '../shared/model.js';
import * as access from './access.js';
import * as pause from './pause.js';
import * as sites from './sites.js';
import * as tabs from './tabs.js';

/** Pages on which browsers let no extension work. */
const closed = new Set(['chromewebstore.google.com', 'addons.mozilla.org', 'accounts.firefox.com']);

export async function tabState(tabId: number): Promise<TabState> {
  await tabs.load();
  const tab = tabs.get(tabId);
  const address = await addressOf(tabId);
  const host = address === undefined ? (tab?.host ?? '') : hostOf(stoppedAddress(address) ?? address);
  const rule = await sites.decide(host);
  return {
    tabId,
    host,
    site: await sites.siteOf(host),
    protectable: host !== '' && !closed.has(host),
    policy: rule?.policy ?? 'protect',
    rule,
    pausedUntil: await pause.current(),
    count: tabs.count(tabId),
    events: tab === undefined ? [] : [...tab.events].reverse(),
    unlisted: tab?.unlisted ?? 0,
    hostAccess: await access.granted(),
  };
}

async function addressOf(tabId: number): Promise<string | undefined> {
  try {
    const { url, pendingUrl } = await browser.tabs.get(tabId);
    return url === undefined || url === '' ? pendingUrl : url;
  } catch {
    return undefined;
  }
}

/** On our stopped page the popup speaks about the page that was stopped. */
function stoppedAddress(address: string): string | undefined {
  const own = browser.runtime.getURL('ui/stopped.html');
  if (!address.startsWith(`${own}#`)) return undefined;
  try {
    return decodeURIComponent(address.slice(own.length + 1));
  } catch {
    return undefined;
  }
}
