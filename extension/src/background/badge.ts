// The toolbar button: how many different things were stopped in the tab, and whether it is protected.
import { browser } from '../shared/browser.js';
import * as options from './options.js';
import * as pause from './pause.js';
import * as sites from './sites.js';
import * as tabs from './tabs.js';

type Look = 'normal' | 'paused' | 'allowed';

/** Tabs whose button was made another than the usual one. */
const marked = new Set<number>();

export function start(): void {
  browser.action.setBadgeBackgroundColor({ color: '#b3261e' }).catch(() => undefined);
  browser.action.setBadgeTextColor?.({ color: '#ffffff' }).catch(() => undefined);
}

/**
 * Browsers forget the text and icon of a tab when it loads another page; so this is called often. Most
 * pages have the usual button, and telling the browser so, twice for each page, would read its icons anew.
 */
export async function show(tabId: number): Promise<void> {
  if (tabId < 0) return;
  await tabs.load();
  const count = tabs.count(tabId);
  const expected = await usualLook();
  const look = await lookOf(tabs.get(tabId)?.host ?? '', expected);
  const usual = count === 0 && look === expected;
  if (usual && !marked.has(tabId)) return;
  if (usual) marked.delete(tabId);
  else marked.add(tabId);
  await write(tabId, look, count);
}

/** Every button anew, whatever was written before: also by a background that has ended since. */
export async function showAll(): Promise<void> {
  const [look, open] = await Promise.all([usualLook(), browser.tabs.query({})]);
  await Promise.all([browser.action.setIcon({ path: icon(look) }), browser.action.setTitle({ title: title(look, 0) })]);
  await Promise.all(
    open.map(({ id }) => {
      if (id === undefined) return undefined;
      marked.add(id);
      return show(id);
    }),
  );
}

export function forget(tabId: number): void {
  marked.delete(tabId);
}

async function write(tabId: number, look: Look, count: number): Promise<void> {
  const { badge } = await options.get();
  const text = badge && count > 0 ? (count > 999 ? '999+' : String(count)) : '';
  try {
    await browser.action.setBadgeText({ tabId, text });
    await browser.action.setIcon({ tabId, path: icon(look) });
    await browser.action.setTitle({ tabId, title: title(look, count) });
  } catch {
    // The tab was closed meanwhile.
  }
}

async function usualLook(): Promise<Look> {
  return (await pause.current()) === null ? 'normal' : 'paused';
}

async function lookOf(host: string, usual: Look): Promise<Look> {
  if (usual === 'paused') return usual;
  const policy = await sites.policy(host);
  return policy === 'allow' || policy === 'monitor' ? 'allowed' : usual;
}

function title(look: Look, count: number): string {
  return browser.i18n.getMessage(`button_${look}`, [String(count)]);
}

function icon(look: Look): Record<string, string> {
  return Object.fromEntries([16, 24, 32].map((size) => [String(size), browser.runtime.getURL(`icons/${look}-${size}.png`)]));
}
