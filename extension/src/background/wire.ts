// Firefox: what passes on the wire. Scripts of workers are inspected and get the guard put before
// their first line; WebAssembly that a service or shared worker loads is inspected as a whole, because
// no guard is in a service worker. Limits: a service worker's own script cannot be changed here (the
// page's guard inspects it when it is registered), nor one that the page's service worker answers.
import { browser } from '../shared/browser.js';
import type { BlockingAnswer, FirefoxDetails, StreamFilter, WireInterface } from '../shared/firefox.js';
import { hostOf } from '../shared/host.js';
import type { Policy } from '../shared/model.js';
import * as consent from './consent.js';
import * as events from './events.js';
import { inspect, kinds, payload, type Verdict } from './inspector.js';
import * as modules from './modules.js';
import * as pause from './pause.js';
import * as sites from './sites.js';

const scripts = { urls: ['<all_urls>'], types: ['script', 'other'] };
const marked = { ...scripts, urls: ['*://*/*nomine-worker=*'] };
/** What has no tab: service and shared workers. */
const bodies = { urls: ['<all_urls>'], types: ['xmlhttprequest', 'other'], tabId: -1 };
/** Larger bodies pass uninspected; the guard in the worker sees what is compiled from them. */
const maximumBody = 64_000_000;
/** Eight bytes: a module with nothing in it takes the place of a refused one. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const strictStart = /^\uFEFF?(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/|;)*(?:'use strict'|"use strict")/u;

/** As `addressMark` of the guard: over plain http the address says that a worker is started. */
const mark = /[?&]nomine-worker=([0-9a-f]*)$/u;

let guard: Promise<string> | null = null;
/** Request ids of scripts that were marked, with the token of the page's guard. */
const expected = new Map<string, string>();
/** Request ids of workers' scripts that are asked for, with that token or none. */
const asked = new Map<string, string>();

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
  if (expected.size > 1_000) expected.clear();
  expected.set(details.requestId, found[1] ?? '');
  return { redirectUrl: bare.slice(0, found.index) + (hash === undefined ? '' : `#${hash}`) };
}

function beforeSending(details: FirefoxDetails): BlockingAnswer | undefined {
  const destination = header(details.requestHeaders, 'sec-fetch-dest');
  const token = expected.get(details.requestId);
  expected.delete(details.requestId);
  if (token === undefined && destination !== 'worker' && destination !== 'sharedworker') return undefined;
  if (asked.size > 1_000) asked.clear();
  asked.set(details.requestId, token ?? '');
  listen();
  return undefined;
}

/** Every listener holds up every script of every page, so answers are heard only while a worker's is awaited. */
function listen(): void {
  const { onHeadersReceived, onErrorOccurred } = interfaces();
  if (onHeadersReceived.hasListener(answered)) return;
  onHeadersReceived.addListener(answered, scripts, ['blocking', 'responseHeaders']);
  onErrorOccurred.addListener(settled, scripts);
}

/** This one's answer came, or never will. */
function settled({ requestId }: FirefoxDetails): undefined {
  asked.delete(requestId);
  if (asked.size > 0) return undefined;
  const { onHeadersReceived, onErrorOccurred } = interfaces();
  onHeadersReceived.removeListener(answered);
  onErrorOccurred.removeListener(settled);
  return undefined;
}

/** A worker's script comes. One that the browser will refuse is left alone: held, its refusal is lost. */
function answered(details: FirefoxDetails): BlockingAnswer | undefined {
  const token = asked.get(details.requestId);
  if (token === undefined) return undefined;
  const status = details.statusCode ?? 200;
  if (status >= 300 && status < 400) return undefined; // it goes on elsewhere
  settled(details);
  const type = header(details.responseHeaders, 'content-type');
  if (status >= 400 || (type !== '' && !/(?:java|ecma|live|j)script/u.test(type))) return undefined;
  hold(details, async (body) => {
    const policy = await policyFor(details);
    if (policy === 'allow') return [body];
    const text = new TextDecoder().decode(body);
    if (body.length <= maximumBody && policy !== 'strict') {
      const verdict = await inspect(kinds.script, body);
      if (tell(verdict, details, policy, 'worker')) return [encode('throw new TypeError();')];
    }
    const settings = { kind: 'wire', token, href: '', policy, payload: await payload(), allowed: await modules.of(siteOf(details)) };
    const start = strictStart.test(text) ? '"use strict";' : '';
    return [encode(`${start}${await guardText()}(${JSON.stringify(settings)});`), body];
  });
  return undefined;
}

function received(details: FirefoxDetails): BlockingAnswer | undefined {
  if (details.documentUrl?.startsWith('moz-extension:') === true) return undefined;
  const type = header(details.responseHeaders, 'content-type');
  if (!type.startsWith('application/wasm') && !/\.wasm(?:$|[?#])/u.test(details.url)) return undefined;
  hold(details, async (body) => {
    const policy = await policyFor(details);
    if (policy === 'allow') return [body];
    const verdict = await inspect(kinds.module, body);
    const isAllowed = verdict.content !== undefined && (await modules.of(siteOf(details))).includes(verdict.content);
    return [tell(verdict, details, isAllowed ? 'monitor' : policy, 'module') ? emptyModule : body];
  });
  return undefined;
}

/** Takes the whole body and passes on what `change` makes of it; the body itself if anything fails. */
function hold(details: FirefoxDetails, change: (body: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>[]>): void {
  let filter: StreamFilter;
  try {
    filter = interfaces().filterResponseData(details.requestId);
  } catch {
    return; // a service worker's script
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  filter.ondata = ({ data }) => {
    length += data.byteLength;
    chunks.push(new Uint8Array(data));
    if (length <= maximumBody) return;
    for (const chunk of chunks) filter.write(chunk);
    filter.disconnect();
  };
  filter.onstop = () => {
    const body = joined(chunks, length);
    void change(body)
      .catch(() => [body])
      .then((parts) => {
        for (const part of parts) filter.write(part);
        filter.close();
      });
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
    family, algorithm, confidence, evidence, ...(content !== undefined && { content }), tabId: details.tabId, site: siteOf(details),
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

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
