// Firefox: what passes on the wire. Scripts of workers are inspected and get the guard put before
// their first line; WebAssembly that a service or shared worker loads is inspected as a whole, because
// no guard is in a service worker. Limit: a service worker's own script cannot be changed here (the
// page's guard inspects it when it is registered).
import { browser } from '../shared/browser.js';
import { joined } from './body.js';
import type { BlockingAnswer, FirefoxDetails, StreamFilter, WireInterface } from '../shared/firefox.js';
import { hostOf } from '../shared/host.js';
import type { Policy } from '../shared/model.js';
import * as consent from './consent.js';
import * as events from './events.js';
import { inspect, kinds, payload, type Verdict } from './inspector.js';
import * as allowedModules from './modules.js';
import * as pause from './pause.js';
import * as sites from './sites.js';

const scripts = { urls: ['<all_urls>'], types: ['script', 'other'] };
const marked = { ...scripts, urls: ['*://*/*nomine-worker=*'] };
/** What has no tab: service and shared workers. */
const bodies = { urls: ['<all_urls>'], types: ['xmlhttprequest', 'other'], tabId: -1 };
/** Larger bodies pass uninspected; the guard is put before a worker's script all the same. */
const maximumBody = 64_000_000;
/** So much of a script is read for its first directive: of more, the expression can run out of room. */
const startOfScript = 1_000_000;
/** Of what is awaited at once; a worker that comes when there is no more room for it is refused. */
const mostAwaited = 5_000;
/** Eight bytes: a module with nothing in it takes the place of a refused one. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const strictStart = /^\uFEFF?(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/|;)*(?:'use strict'|"use strict")/u;

/** As the guard puts it (guard/mark.ts): the address says that a worker is started. */
const mark = /[?&]nomine-worker=(m?)([0-9a-f]*)$/u;

let guard: Promise<string> | null = null;

/** A worker's script on its way. */
interface Awaited {
  /** Of the page's guard; empty where the worker's name has it, or nobody listens. */
  readonly token: string;
  /** The page's guard lends its inspector, and says where in the worker's name. */
  readonly lent: boolean;
  /** What it imports runs before its first line. */
  readonly isModule?: true;
}
/** By request ids: what comes without its mark next, what is asked for, and what is given its guard already. */
const unmarked = new Map<string, Awaited>();
const asked = new Map<string, Awaited>();
const given = new Set<string>();
/** Addresses of workers' modules over plain http: what they import is not said to be a worker's. */
const modules = new Set<string>();

/** As Firefox has it. */
const interfaces = (): WireInterface['webRequest'] => (browser as unknown as WireInterface).webRequest;

export function start(): void {
  const webRequest = interfaces();
  webRequest.onBeforeRequest.addListener(unmark, marked, ['blocking']);
  webRequest.onBeforeSendHeaders.addListener(beforeSending, scripts, ['blocking', 'requestHeaders']);
  webRequest.onHeadersReceived.addListener(received, bodies, ['blocking', 'responseHeaders']);
}

/** The guard's text, a function to be called with settings; empty where it cannot be read. */
function guardText(): Promise<string> {
  guard ??= fetch(browser.runtime.getURL('guard-worker.js')).then(
    (response) => response.text(),
    () => '',
  );
  return guard;
}

function unmark(details: FirefoxDetails): BlockingAnswer | undefined {
  const [bare = '', hash] = details.url.split('#', 2);
  const found = mark.exec(bare);
  if (found === null) return undefined;
  if (!wait(unmarked, details, { token: found[2] ?? '', lent: false, ...(found[1] === 'm' && { isModule: true }) })) return { cancel: true };
  return { redirectUrl: bare.slice(0, found.index) + (hash === undefined ? '' : `#${hash}`) };
}

/** The page's service worker may answer: this is all that is heard of it then. Over plain http there is none. */
function begun(details: FirefoxDetails): undefined {
  const awaited = unmarked.get(details.requestId);
  if (awaited === undefined || !details.url.startsWith('https:')) return undefined;
  settled(details);
  remember(given, details.requestId);
  give(details, awaited);
  return undefined;
}

function beforeSending(details: FirefoxDetails): BlockingAnswer | undefined {
  if (given.delete(details.requestId)) return undefined;
  const destination = header(details.requestHeaders, 'sec-fetch-dest');
  const awaited = unmarked.get(details.requestId);
  const isImported = destination === '' && modules.has(details.originUrl ?? '');
  if (awaited === undefined && destination !== 'worker' && destination !== 'sharedworker' && !isImported) return undefined;
  unmarked.delete(details.requestId);
  return wait(asked, details, awaited ?? { token: '', lent: destination === 'worker' }) ? undefined : { cancel: true };
}

/** Keeps what there is no end of to hear; the oldest goes. */
function remember(all: Set<string>, one: string): void {
  for (const oldest of all) {
    if (all.size < mostAwaited) break;
    all.delete(oldest);
  }
  all.add(one);
}

/** Every listener holds up every script of every page, so all is heard only while a worker's is awaited. Whether there is room. */
function wait(where: Map<string, Awaited>, { requestId }: FirefoxDetails, awaited: Awaited): boolean {
  if (where.size >= mostAwaited) return false;
  where.set(requestId, awaited);
  const { onBeforeRequest, onHeadersReceived, onErrorOccurred } = interfaces();
  if (onHeadersReceived.hasListener(answered)) return true;
  onBeforeRequest.addListener(begun, scripts, ['blocking']);
  onHeadersReceived.addListener(answered, scripts, ['blocking', 'responseHeaders']);
  onErrorOccurred.addListener(settled, scripts);
  return true;
}

/** This one's answer came, or never will. */
function settled({ requestId }: FirefoxDetails): undefined {
  unmarked.delete(requestId);
  asked.delete(requestId);
  if (unmarked.size + asked.size > 0) return undefined;
  const { onBeforeRequest, onHeadersReceived, onErrorOccurred } = interfaces();
  onBeforeRequest.removeListener(begun);
  onHeadersReceived.removeListener(answered);
  onErrorOccurred.removeListener(settled);
  return undefined;
}

/** A worker's script comes. One that the browser will refuse is left alone: held, its refusal is lost. */
function answered(details: FirefoxDetails): BlockingAnswer | undefined {
  const awaited = asked.get(details.requestId);
  if (awaited === undefined) return undefined;
  const status = details.statusCode ?? 200;
  if (status >= 300 && status < 400) return undefined; // it goes on elsewhere
  settled(details);
  if (awaited.isModule) remember(modules, details.url);
  const type = header(details.responseHeaders, 'content-type');
  if (status >= 400 || (type !== '' && !/(?:java|ecma|live|j)script/u.test(type))) return undefined;
  // A worker with a CSP may be kept from what is lent to it, or report that it reads it.
  const free = ['content-security-policy', 'content-security-policy-report-only'].every((name) => header(details.responseHeaders, name) === '');
  give(details, { ...awaited, lent: awaited.lent && free });
  return undefined;
}

/** Puts the guard before a worker's script, or takes the script away. */
function give(details: FirefoxDetails, { token, lent }: Awaited): void {
  const guarded = (inspects: boolean): Change => async (body) => {
    const policy = await policyFor(details);
    if (policy === 'allow') return [body];
    if (inspects && policy !== 'strict' && tell(await inspect(kinds.script, body), details, policy, 'worker')) return [encode('throw new TypeError();')];
    const settings = { kind: 'wire', token, href: '', policy, payload: lent ? '' : await payload(), allowed: await allowedModules.of(siteOf(details)) };
    const start = strictStart.test(new TextDecoder().decode(body.subarray(0, startOfScript))) ? '"use strict";' : '';
    return [encode(`${start}${await guardText()}(${JSON.stringify(settings)});`), unbanged(body)];
  };
  hold(details, guarded(true), guarded(false));
}

/** A hashbang is a comment at the very start of a script only; behind the guard it is an ordinary one. */
function unbanged(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  if (body[at] !== 0x23 || body[at + 1] !== 0x21) return body;
  const changed = body.slice();
  changed.fill(0x2f, at, at + 2);
  return changed;
}

function received(details: FirefoxDetails): BlockingAnswer | undefined {
  if (details.documentUrl?.startsWith('moz-extension:') === true) return undefined;
  const type = header(details.responseHeaders, 'content-type');
  if (!type.startsWith('application/wasm') && !/\.wasm(?:$|[?#])/u.test(details.url)) return undefined;
  hold(details, async (body) => {
    const policy = await policyFor(details);
    if (policy === 'allow') return [body];
    const verdict = await inspect(kinds.module, body);
    const isAllowed = verdict.content !== undefined && (await allowedModules.of(siteOf(details))).includes(verdict.content);
    return [tell(verdict, details, isAllowed ? 'monitor' : policy, 'module') ? emptyModule : body];
  });
  return undefined;
}

type Change = (body: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>[]>;
const unchanged: Change = async (body) => [body];

/**
 * Takes the whole body and passes on what `change` makes of it; the body itself if anything fails. Of one that is too
 * large, `large` is told what has come so far, and the rest passes as it comes.
 */
function hold(details: FirefoxDetails, change: Change, large: Change = unchanged): void {
  let filter: StreamFilter;
  try {
    filter = interfaces().filterResponseData(details.requestId);
  } catch {
    return; // a service worker's script
  }
  let chunks: Uint8Array[] = [];
  let length = 0;
  let passing: Promise<void> | null = null;
  const pass = async (by: Change): Promise<void> => {
    const body = joined(chunks);
    chunks = [];
    for (const part of await by(body).catch(() => [body])) filter.write(part);
  };
  filter.ondata = ({ data }) => {
    length += data.byteLength;
    chunks.push(new Uint8Array(data));
    if (length <= maximumBody) return;
    passing = passing === null ? pass(large) : passing.then(() => pass(unchanged));
  };
  filter.onstop = () => {
    const done = passing === null ? pass(change) : passing.then(() => pass(unchanged));
    void done.then(() => filter.close());
  };
}

/** Records what was found; whether it is to be refused. */
function tell(verdict: Verdict, details: FirefoxDetails, policy: Policy, subject: 'worker' | 'module'): boolean {
  if (verdict.outcome === 'allow') return false;
  const refused = verdict.outcome === 'block' && policy !== 'monitor';
  const { family, algorithm, confidence, evidence, content } = verdict;
  const outcome = verdict.outcome === 'watch' ? 'watch' : refused ? 'block' : 'monitor';
  void events.record({
    subject, url: details.url, frameUrl: details.documentUrl ?? details.originUrl ?? '', outcome, how: 'content',
    family, algorithm, confidence, evidence, ...(content !== undefined && { content }), tabId: details.tabId, site: siteOf(details), incognito: details.incognito,
  });
  return refused;
}

async function policyFor(details: FirefoxDetails): Promise<Policy> {
  return (await pause.current()) === null && !consent.given(details.tabId) ? sites.policy(siteOf(details)) : 'allow';
}

function siteOf({ frameAncestors, documentUrl, originUrl }: FirefoxDetails): string {
  return hostOf(frameAncestors?.at(-1)?.url ?? documentUrl ?? originUrl ?? '');
}

function header(headers: FirefoxDetails['requestHeaders'], name: string): string {
  return headers?.find((one) => one.name.toLowerCase() === name)?.value?.toLowerCase() ?? '';
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
