// What is known of each open tab: its page and what was stopped there. Mirrored in session storage,
// so that it outlives the background but not the browser.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import type { StopEvent } from '../shared/model.js';
import { boolean, integer, list, object, string, withDefault } from '../shared/read.js';
import { stopEvent } from '../shared/schema.js';

export interface Tab {
  /** Host of the page; empty for pages that are not of the web. */
  host: string;
  /** In a private window: nothing of it is written to disk. */
  incognito: boolean;
  events: StopEvent[];
  /** Events beyond those in `events`, and how many of them were stopped. */
  unlisted: number;
  unlistedStopped: number;
}

const mostEvents = 60;
const prefix = 'tab.';
const stored = object({ host: string(253), incognito: boolean, events: list(stopEvent, mostEvents), unlisted: integer(0), unlistedStopped: withDefault(integer(0), 0) });
const tabs = new Map<number, Tab>();
const dirty = new Set<number>();
/** Tabs of which the first that was heard is their address: its request may be told of later. */
const unannounced = new Set<number>();
/** When this background learned which tabs are open; earlier requests may be told of later. */
let learned = 0;
let loading: Promise<void> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export function load(): Promise<void> {
  loading ??= read();
  return loading;
}

async function read(): Promise<void> {
  const all = await browser.storage.session.get(null).catch(() => ({}));
  for (const [key, value] of Object.entries(all)) {
    if (!key.startsWith(prefix)) continue;
    try {
      const tab = stored(value);
      tabs.set(Number(key.slice(prefix.length)), { ...tab, events: [...tab.events] });
    } catch {
      void browser.storage.session.remove(key);
    }
  }
  const open = await browser.tabs.query({}).catch(() => []);
  learned = Date.now();
  for (const { id, url, incognito } of open) {
    if (id === undefined) continue;
    const host = hostOf(url);
    if (!tabs.has(id)) unannounced.add(id);
    if (tabs.get(id)?.host !== host) tabs.set(id, fresh(host, incognito));
  }
}

function fresh(host: string, incognito: boolean): Tab {
  return { host, incognito, events: [], unlisted: 0, unlistedStopped: 0 };
}

export function get(tabId: number): Tab | undefined {
  return tabs.get(tabId);
}

/**
 * The host of the page that was there before this one, whose request is of this time. Browsers can tell
 * of a new tab with the address of this one already, or with the one that it leads on to.
 */
export function hostBefore(tabId: number, url: string, time: number): string {
  const host = tabs.get(tabId)?.host ?? '';
  return unannounced.has(tabId) && (host === hostOf(url) || time < learned) ? '' : host;
}

/** A page starts to load in the tab. */
export async function begin(tabId: number, url: string, incognito?: boolean): Promise<void> {
  unannounced.delete(tabId);
  const host = hostOf(url);
  const known = tabs.get(tabId)?.incognito;
  const secret = incognito ?? known ?? (await isIncognito(tabId));
  tabs.set(tabId, fresh(host, secret));
  touch(tabId);
}

/** A page is there that did not announce itself by a request (from a cache, or without one). */
export async function settle(tabId: number, url: string | undefined, incognito: boolean): Promise<void> {
  // Browsers do not tell the address of pages that extensions may not touch.
  const first = !tabs.has(tabId);
  if (tabs.get(tabId)?.host !== hostOf(url)) await begin(tabId, url ?? '', incognito);
  if (first) unannounced.add(tabId);
}

async function isIncognito(tabId: number): Promise<boolean> {
  try {
    return (await browser.tabs.get(tabId)).incognito;
  } catch {
    // The tab is gone already; keep nothing of it.
    return true;
  }
}

export function forget(tabId: number): void {
  tabs.delete(tabId);
  dirty.delete(tabId);
  unannounced.delete(tabId);
  void browser.storage.session.remove(`${prefix}${tabId}`).catch(() => undefined);
}

export function add(tabId: number, event: StopEvent): void {
  const tab = tabs.get(tabId);
  if (tab === undefined) return;
  if (tab.events.length >= mostEvents) return addUnlisted(tabId, event);
  tab.events.push(event);
  touch(tabId);
}

/** Counts an event that is not kept. */
export function addUnlisted(tabId: number, { outcome }: Pick<StopEvent, 'outcome'>): void {
  const tab = tabs.get(tabId);
  if (tab === undefined) return;
  tab.unlisted += 1;
  if (outcome === 'block') tab.unlistedStopped += 1;
  touch(tabId);
}

/** The event of this page that is the same thing. */
export function alike(tabId: number, event: Omit<StopEvent, 'id' | 'time'>): StopEvent | undefined {
  return tabs.get(tabId)?.events.find(
    (other) =>
      other.subject === event.subject &&
      other.outcome === event.outcome &&
      other.how === event.how &&
      other.filter === event.filter &&
      other.family === event.family &&
      other.content === event.content &&
      other.url === event.url,
  );
}

export function replace(tabId: number, event: StopEvent): void {
  const events = tabs.get(tabId)?.events;
  const index = events?.findIndex((other) => other.id === event.id) ?? -1;
  if (events === undefined || index < 0) return;
  events[index] = event;
  touch(tabId);
}

/** How many different things were stopped in the tab's page. */
export function count(tabId: number): number {
  const tab = tabs.get(tabId);
  return tab === undefined ? 0 : tab.unlistedStopped + tab.events.filter((event) => event.outcome === 'block').length;
}

function touch(tabId: number): void {
  dirty.add(tabId);
  timer ??= setTimeout(() => {
    timer = undefined;
    const items: Record<string, Tab> = {};
    for (const id of dirty) {
      const tab = tabs.get(id);
      if (tab !== undefined) items[`${prefix}${id}`] = tab;
    }
    dirty.clear();
    void browser.storage.session.set(items).catch(() => undefined);
  }, 100);
}
