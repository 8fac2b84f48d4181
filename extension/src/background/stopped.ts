// Our own page in place of a mining service that was opened as a page, with a way back and through.
import { browser, isFirefox } from '../shared/browser.js';
import type { FirefoxInterface } from '../shared/firefox.js';
import { hostOf } from '../shared/host.js';
import { integer, list, object, string } from '../shared/read.js';
import { session } from './area.js';
import type { Pass } from './dnr.js';
import * as engine from './engine.js';
import { listedHost } from './floor.js';
import * as lists from './lists.js';
import * as options from './options.js';
import { complain } from './problems.js';
import * as sites from './sites.js';
import { Cell } from './store.js';

const mostPasses = 100;
const pass = object({ host: string(253, 1), tabId: integer(0) });
const cell = new Cell<{ readonly passes: readonly Pass[] }>(
  { key: 'passes', version: 1, read: object({ passes: list(pass, mostPasses) }), standard: () => ({ passes: [] }) },
  session,
  complain,
);

let changed: () => Promise<void> = async () => undefined;

export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

/** Ways through that were given: for a host in a tab, until the tab is closed. */
export async function passes(): Promise<readonly Pass[]> {
  return (await cell.load()).passes;
}

export async function passed(host: string, tabId: number): Promise<boolean> {
  return (await passes()).some(isFor(host, tabId));
}

/** Shows the stopped page in the tab, in place of the page that was blocked. */
export async function show(tabId: number, url: string): Promise<void> {
  if (!(await options.get()).stopPages) return;
  const page = `${browser.runtime.getURL('ui/stopped.html')}#${encodeURIComponent(url)}`;
  try {
    if (isFirefox) await (browser as unknown as FirefoxInterface).tabs.update(tabId, { url: page, loadReplace: false });
    else await browser.tabs.update(tabId, { url: page });
  } catch {
    // The tab is gone.
  }
}

export async function explain(url: string): Promise<{ list: string; filter: string; service: string; ofMiners: boolean }> {
  const asked = { url, from: '', method: 'GET' };
  const decision = (await engine.check({ ...asked, type: 'main_frame' })) ?? (await engine.check({ ...asked, type: 'popup' }));
  if (decision !== null) return { list: decision.list, filter: decision.filter, service: hostOf(url), ofMiners: await isOurs(decision.list) };
  const host = await listedHost(url);
  return { list: '', filter: host === '' ? '' : `||${host}^`, service: host || hostOf(url), ofMiners: host !== '' };
}

/** Whether this is the title of one of our own lists, and of no other. */
async function isOurs(title: string): Promise<boolean> {
  const named = (await lists.get()).lists.filter((list) => list.title === title);
  return named.length > 0 && named.every(({ bundled }) => bundled);
}

/** Opens the page after all: in this tab only (its miners stay stopped), or the host for good. */
export async function proceed(url: string, always: boolean, tabId: number): Promise<void> {
  const host = hostOf(url);
  if (host === '') throw new Error('not a web address');
  if (always) {
    await sites.set(host, 'host', 'allow', null);
  } else if (tabId >= 0) {
    await change((all) => (all.some(isFor(host, tabId)) ? all : [...all, { host, tabId }].slice(-mostPasses)));
  }
}

export function forget(tabId: number): Promise<void> {
  return change((all) => (all.some((pass) => pass.tabId === tabId) ? all.filter((pass) => pass.tabId !== tabId) : all));
}

function isFor(host: string, tabId: number): (pass: Pass) => boolean {
  return (pass) => pass.host === host && pass.tabId === tabId;
}

async function change(act: (passes: readonly Pass[]) => readonly Pass[]): Promise<void> {
  let changes = false;
  await cell.change((stored) => {
    const after = act(stored.passes);
    changes = after !== stored.passes;
    return changes ? { passes: after } : stored;
  });
  if (changes) await changed();
}
