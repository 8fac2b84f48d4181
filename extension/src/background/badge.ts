// The toolbar button: how many different things were stopped in the tab, and whether it is protected.
import { browser } from '../shared/browser.js';
import * as options from './options.js';
import * as pause from './pause.js';
import * as sites from './sites.js';
import * as tabs from './tabs.js';

type Look = 'normal' | 'paused' | 'allowed';

export function start(): void {
  browser.action.setBadgeBackgroundColor({ color: '#b3261e' }).catch(() => undefined);
  browser.action.setBadgeTextColor?.({ color: '#ffffff' }).catch(() => undefined);
}

/** Browsers forget the text and icon of a tab when it loads another page; so this is called often. */
export async function show(tabId: number): Promise<void> {
  if (tabId < 0) return;
  await tabs.load();
  const count = tabs.count(tabId);
  const { badge } = await options.get();
  const look = await lookOf(tabs.get(tabId)?.host ?? '');
  const text = badge && count > 0 ? (count > 999 ? '999+' : String(count)) : '';
  try {
    await browser.action.setBadgeText({ tabId, text });
    await browser.action.setIcon({ tabId, path: icon(look) });
    await browser.action.setTitle({ tabId, title: browser.i18n.getMessage(`button_${look}`, [String(count)]) });
  } catch {
    // The tab was closed meanwhile.
  }
}

export async function showAll(): Promise<void> {
  const open = await browser.tabs.query({});
  await browser.action.setIcon({ path: icon((await pause.current()) === null ? 'normal' : 'paused') });
  await Promise.all(open.map(({ id }) => (id === undefined ? undefined : show(id))));
}

async function lookOf(host: string): Promise<Look> {
  if ((await pause.current()) !== null) return 'paused';
  const policy = await sites.policy(host);
  return policy === 'allow' || policy === 'monitor' ? 'allowed' : 'normal';
}

function icon(look: Look): Record<string, string> {
  return Object.fromEntries([16, 24, 32].map((size) => [String(size), browser.runtime.getURL(`icons/${look}-${size}.png`)]));
}
