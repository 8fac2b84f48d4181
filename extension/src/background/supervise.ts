// What no guard can get into is looked at from here: workers that Chromium lets nobody into (from the
// network in a page with a CSP, shared ones, service workers), and scripts of pages that compute without
// end. Their scripts and modules are fetched once more and inspected. A miner's address is blocked until
// the browser ends, its workers are ended by the guard that started them, and a page that mines itself is
// loaded again without it. A worker can be quicker than the word of it: modules that its script names are
// looked at whether or not they were heard to load. Limits: a server can answer this second request with
// something else; what a worker makes itself is not seen.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { list, object, string } from '../shared/read.js';
import { session } from './area.js';
import { bodyOf } from './body.js';
import * as consent from './consent.js';
import { minerTypes } from './dnr.js';
import * as events from './events.js';
import { inspect, kinds, type Verdict } from './inspector.js';
import * as modules from './modules.js';
import * as pause from './pause.js';
import { complain } from './problems.js';
import * as sites from './sites.js';
import { Cell } from './store.js';

type Sender = chrome.runtime.MessageSender;
type Completed = chrome.webRequest.OnCompletedDetails;

/** Things that are fetched once more for one page, scripts among them, and how large each may be. */
const most = 200;
const mostScripts = 10;
const largest = 32_000_000;
/** Milliseconds until an answer has to be here. */
const longest = 30_000;
/** What does not say that it is code is only looked at where it is no larger: miners are small. */
const largestUnnamed = 2_000_000;
/** A worker without a tab is listened to this long after it was started. */
const patience = 60_000;
const mostBanned = 200;
/** What a script says in quotes that can be the name of a module's file; asking for no such file once more changes anything. */
const named = /["'`]([^"'`\s]{1,500}\.(?:wasm|bin|dat|data)(?:[?#][^"'`\s]{0,500})?)["'`]/gu;
/** So much of a script is read for such names. */
const mostRead = 1_000_000;

interface Supervised {
  readonly tabId: number;
  readonly site: string;
  readonly frameUrl: string;
  readonly seen: Set<string>;
  stop(): void;
}

const supervised = new Map<number, Supervised>();
const cell = new Cell<{ readonly urls: readonly string[] }>(
  { key: 'banned', version: 1, read: object({ urls: list(string(2_048), mostBanned) }), standard: () => ({ urls: [] }) },
  session,
  complain,
);
let changed: () => Promise<void> = async () => undefined;

/** `whenChanged` puts the blocked addresses in force. */
export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

/** Addresses of miners that were found in this way since the browser started. */
export async function banned(): Promise<readonly string[]> {
  return (await cell.load()).urls;
}

/** Addresses that a guard cannot judge itself: of a worker's script (`tab`), one without a tab, or a page's scripts. */
export async function look(sender: Sender, urls: readonly string[], what: 'worker' | 'untabbed' | 'page'): Promise<Record<string, never>> {
  const tabId = sender.tab?.id ?? -1;
  const site = hostOf(sender.tab?.url) || hostOf(sender.url);
  if (tabId < 0 || site === '') return {};
  const one = supervised.get(tabId) ?? begin(tabId, site, sender.url ?? '');
  if (what !== 'page') listen(one, what === 'untabbed');
  // Side by side: an answer that never ends keeps none of the others waiting.
  await Promise.all(urls.map((url) => examine(one, url, what === 'page' ? 'script' : 'worker')));
  return {};
}

/** The page in the tab is left. */
export function forget(tabId: number): void {
  supervised.get(tabId)?.stop();
  supervised.delete(tabId);
}

function begin(tabId: number, site: string, frameUrl: string): Supervised {
  const one: Supervised = { tabId, site, frameUrl, seen: new Set(), stop: () => undefined };
  supervised.set(tabId, one);
  return one;
}

/** Hears what the tab (or, for a while, what of its site has no tab) loads from now on. */
function listen(one: Supervised, untabbed: boolean): void {
  one.stop();
  const hear = (details: Completed): void => {
    if (details.method !== 'GET' || details.statusCode >= 400 || details.initiator?.startsWith('chrome-extension:') === true) return;
    if (untabbed && (details.tabId !== -1 || hostOf(details.initiator) !== hostOf(one.frameUrl))) return;
    if (details.type === 'script') {
      scripts += 1;
      if (scripts > mostScripts) return;
    } else if (!mayBeModule(details)) return;
    void examine(one, details.url, 'worker');
  };
  let scripts = 0;
  const { onCompleted } = browser.webRequest;
  const types = minerTypes as chrome.webRequest.ResourceType[];
  onCompleted.addListener(hear, { urls: ['http://*/*', 'https://*/*'], types, ...(!untabbed && { tabId: one.tabId }) }, ['responseHeaders']);
  const timer = untabbed ? setTimeout(() => onCompleted.removeListener(hear), patience) : undefined;
  one.stop = () => {
    clearTimeout(timer);
    onCompleted.removeListener(hear);
  };
}

function mayBeModule({ url, responseHeaders = [] }: Completed): boolean {
  const header = (wanted: string): string => responseHeaders.find(({ name }) => name.toLowerCase() === wanted)?.value ?? '';
  const type = header('content-type');
  if (type.includes('wasm') || /\.wasm(?:$|[?#])/u.test(url)) return true;
  return (type === '' || type.includes('octet-stream')) && Number(header('content-length') || 0) <= largestUnnamed;
}

async function examine(one: Supervised, url: string, subject: 'worker' | 'script'): Promise<void> {
  if (one.seen.has(url) || one.seen.size >= most || !/^https?:/u.test(url)) return;
  one.seen.add(url);
  const policy = (await pause.current()) !== null || consent.given(one.tabId) ? 'allow' : await sites.policy(one.site);
  if (policy === 'allow') return;
  const bytes = await fetched(url);
  if (bytes === null) return;
  const isModule = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  const verdict = await inspect(isModule ? kinds.module : kinds.script, bytes);
  if (verdict.outcome !== 'block') {
    if (!isModule && subject === 'worker') await Promise.all(modulesIn(bytes, url).map((module) => examine(one, module, 'worker')));
    return;
  }
  const isAllowed = isModule && verdict.content !== undefined && (await modules.of(one.site)).includes(verdict.content);
  await found(one, url, isModule ? 'module' : subject, verdict, policy === 'monitor' || isAllowed);
}

/** The addresses that the script from this address names and that can be modules'. */
function modulesIn(script: Uint8Array, url: string): string[] {
  const text = new TextDecoder().decode(script.subarray(0, mostRead));
  return [...text.matchAll(named)].flatMap(([, name = '']) => (URL.canParse(name, url) ? [new URL(name, url).href] : []));
}

async function found(one: Supervised, url: string, subject: 'module' | 'worker' | 'script', verdict: Verdict, only: boolean): Promise<void> {
  const { tabId, site, frameUrl } = one;
  const { family, algorithm, confidence, evidence, content } = verdict;
  await events.record({ subject, url, frameUrl, tabId, site, outcome: only ? 'monitor' : 'block', how: 'content', family, algorithm, confidence, evidence, ...(content !== undefined && { content }) });
  if (only) return;
  await ban(url);
  // A script of the page cannot be stopped where it runs; without it the page starts anew.
  if (subject === 'script') await browser.tabs.reload(tabId).catch(() => undefined);
  else await browser.tabs.sendMessage(tabId, { type: 'guard.end' }).catch(() => undefined);
}

async function ban(url: string): Promise<void> {
  let isNew = false;
  await cell.change((stored) => {
    isNew = !stored.urls.includes(url);
    return isNew ? { urls: [...stored.urls, url].slice(-mostBanned) } : stored;
  });
  if (isNew) await changed();
}

/**
 * The bytes at an address, as its own page would get them; null where there are none, or too many, or not in time. `own`:
 * also where the server leads to another origin: what is there is nothing for the page.
 */
export async function fetched(url: string, own = false): Promise<Uint8Array | null> {
  try {
    const response = await fetch(url, { credentials: 'include', cache: 'force-cache', signal: AbortSignal.timeout(longest) });
    if (own && new URL(response.url).origin !== new URL(url).origin) return null;
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > largest) return null;
    return await bodyOf(response, largest);
  } catch {
    return null;
  }
}
