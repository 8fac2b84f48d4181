// Answers messages: requests of our own pages, and the relay's reports. Everything is validated, and
// who asks is checked: pages may do what a person does, a content script may only report.
import { browser, isFirefox } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { payloads, type Refusal, type RequestName, requestName, type Requests } from '../shared/messages.js';
import type { GuardConfig } from '../shared/model.js';
import { guardConverse, guardInspect, guardLook, guardReport, guardText } from '../shared/schema.js';
import * as access from './access.js';
import * as consent from './consent.js';
import * as engine from './engine.js';
import * as events from './events.js';
import * as guard from './guard.js';
import { converse, inspect, kinds, type Verdict } from './inspector.js';
import { ownText } from './inforce.js';
import * as lists from './lists.js';
import * as modules from './modules.js';
import * as options from './options.js';
import * as pause from './pause.js';
import * as problems from './problems.js';
import * as sites from './sites.js';
import * as statistics from './statistics.js';
import * as stopped from './stopped.js';
import * as subscribe from './subscribe.js';
import * as supervise from './supervise.js';
import * as tabs from './tabs.js';
import { tabState } from './tabstate.js';
import * as tester from './tester.js';
import * as updates from './updates.js';

type Sender = chrome.runtime.MessageSender;
type Answers = { readonly [N in RequestName]: (payload: Requests[N][0], sender: Sender) => Promise<Requests[N][1]> };

const answers: Answers = {
  'tab.state': ({ tabId }) => tabState(tabId),
  'site.set': async ({ name, scope, policy, until }) => ({ rule: await sites.set(name, scope, policy, until) }),
  'site.remove': async ({ name, scope }) => ({ removed: await sites.remove(name, scope) }),
  'site.list': async () => ({ rules: await sites.all() }),
  'module.allow': async ({ host, content }) => {
    await modules.allow(host, content);
    return {};
  },
  'module.forget': async ({ host, content }) => {
    await modules.forget(host, content);
    return {};
  },
  'site.export': async () => ({ text: await sites.exportText() }),
  'site.import': ({ text }) => sites.importText(text),
  'pause.get': async () => ({ until: await pause.current() }),
  'pause.set': async ({ until }) => ({ until: await pause.set(until) }),
  'log.query': ({ text, before, limit }) => events.log.query(text, before, limit),
  'log.clear': async () => {
    await events.log.clear();
    await statistics.clear();
    return {};
  },
  'statistics.get': () => statistics.get(),
  'lists.get': () => lists.get(),
  'lists.pull': ({ id }) => updates.pullByHand(id).then(lists.get),
  'lists.enable': ({ id, enabled }) => updates.enable(id, enabled).then(lists.get),
  'lists.add': ({ url, title }) => updates.add(url, title).then(lists.get),
  'lists.addText': ({ title, text }) => updates.addText(title, text).then(lists.get),
  'lists.remove': ({ id }) => updates.remove(id).then(lists.get),
  'lists.accept': ({ id }) => updates.accept(id).then(lists.get),
  'lists.rollBack': () => updates.rollBack().then(lists.get),
  'lists.problems': ({ id }) => lists.problemsOf(id),
  'own.get': async () => ({ text: await ownText() }),
  'own.set': async ({ text }) => lists.checked(await updates.setOwn(text)),
  'own.check': async ({ text }) => lists.checked(await updates.check(text)),
  'lists.test': ({ url, from, kind }) => tester.test(url, from, kind),
  'options.get': () => options.get(),
  'options.set': (change) => options.set(change),
  'about.get': async () => ({
    version: browser.runtime.getManifest().version,
    browser: isFirefox ? 'firefox' : 'chromium',
    hostAccess: await access.granted(),
    guard: guard.inBuild,
    engine: await engine.status(),
    problems: await problems.all(),
  }),
  'access.get': async () => ({ hostAccess: await access.granted() }),
  'stopped.get': ({ url }) => stopped.explain(url),
  'stopped.proceed': async ({ url, always }, sender) => {
    await stopped.proceed(url, always, sender.tab?.id ?? -1);
    return {};
  },
};

export function start(): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, respond) => {
    const answer = dispatch(message, sender);
    if (answer === null) return false;
    answer.then(
      (value) => respond(value),
      (error: unknown) => respond({ refused: error instanceof Error ? error.message : String(error) } satisfies Refusal),
    );
    return true;
  });
}

function dispatch(message: unknown, sender: Sender): Promise<unknown> | null {
  if (sender.id !== browser.runtime.id || typeof message !== 'object' || message === null) return null;
  const { type, payload } = message as { type?: unknown; payload?: unknown };
  if (isOwnPage(sender)) return ask(type, payload, sender);
  if (sender.tab?.id === undefined) return null;
  if (type === 'guard.report') return report(message, sender);
  if (type === 'guard.config') return config(sender);
  if (type === 'guard.look') return look(message, sender);
  if (type === 'guard.inspect') return inspectText(message);
  if (type === 'guard.converse') return hear(message, sender);
  if (type === 'guard.text') return textAt(message, sender);
  if (type === 'guard.consent') return consent.ask(sender, (message as { clicked?: unknown }).clicked === true);
  if (type === 'lists.subscribe') return subscribe.open(message);
  return null;
}

function isOwnPage({ url }: Sender): boolean {
  return url !== undefined && url.startsWith(browser.runtime.getURL(''));
}

async function ask(type: unknown, payload: unknown, sender: Sender): Promise<unknown> {
  return answer(requestName(type, 'type'), payload, sender);
}

function answer<N extends RequestName>(name: N, payload: unknown, sender: Sender): Promise<Requests[N][1]> {
  return answers[name](payloads[name](payload, 'payload'), sender);
}

/** A report of the guard; the tab and the site are the browser's word, not the page's. */
async function report(message: object, sender: Sender): Promise<Record<string, never>> {
  const found = guardReport(message, 'report');
  await tabs.load();
  await events.record({
    ...found,
    tabId: sender.tab?.id ?? -1,
    incognito: sender.tab?.incognito,
    ...(sender.tab?.url !== undefined && { site: hostOf(sender.tab.url) }),
    frameUrl: frameOf(sender, found.frameUrl),
  });
  return {};
}

/** The frame that a report is of: a guard speaks for the frames of its own origin, too. */
function frameOf({ url }: Sender, told: string): string {
  if (url === undefined) return told;
  return originOf(told) === originOf(url) ? told : url;
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : '';
}

async function look(message: object, sender: Sender): Promise<Record<string, never>> {
  const { urls, what } = guardLook(message, 'look');
  return supervise.look(sender, urls, what);
}

/** For a guard in a page whose policy forbids WebAssembly, and with it the inspector. */
async function inspectText(message: object): Promise<Verdict> {
  const { kind, text } = guardInspect(message, 'inspect');
  return inspect(kinds[kind], new TextEncoder().encode(text));
}

/** What passes between such a page and a host. */
async function hear(message: object, { tab, frameId, documentId }: Sender): Promise<Verdict> {
  const { name, outgoing, text } = guardConverse(message, 'converse');
  return converse(`${tab?.id} ${frameId} ${documentId} ${name}`, outgoing, text);
}

/** A script of the frame's own origin, where its policy may forbid to ask for it there. */
async function textAt(message: object, sender: Sender): Promise<string> {
  const { address } = guardText(message, 'text');
  const origin = originOf(address);
  if (!/^https?:/u.test(origin) || origin !== originOf(sender.url ?? '')) throw new Error('text: of another origin');
  const bytes = await supervise.fetched(address, true);
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}

async function config(sender: Sender): Promise<GuardConfig> {
  const host = hostOf(sender.tab?.url) || hostOf(sender.url);
  return { policy: consent.given(sender.tab?.id ?? -1) ? 'allow' : await sites.policy(host), paused: (await pause.current()) !== null, allowed: await modules.of(host) };
}
