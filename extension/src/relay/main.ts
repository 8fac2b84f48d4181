// In the extension's own world of every frame: hands the guard what it needs and carries its reports
// to the background. It trusts only a node that the guard gave it before any script of the page ran.
import { askAllowed } from '../shared/allowed.js';
import { browser } from '../shared/browser.js';
import { asksFirst } from '../shared/consent.js';
import { forbidsWebAssembly } from '../shared/csp.js';
import { timingMark } from '../shared/timing.js';

/** As in `guard/channel.ts`; the rooms share only this word and the place that it is said at. */
const meeting = 'nomine:meet';
const place: EventTarget = document.fonts ?? document;
const maximumReports = 400;
const maximumLength = 60_000;
const maximumLooks = 200;
const maximumTexts = 60;
const maximumMessages = 1_000;

/** Empty frames mostly stay so: what costs something waits until their guard asks for anything. */
const isEmpty = location.protocol === 'about:';
let met = false;
/** Signatures that came with an update, in base64; those of the package serve where there are none. */
let signatures = '';
let hand: (() => void) | null = null;
let reports = 0;
let looks = 0;
let texts = 0;
let messages = 0;
/** The policy that the site in the address bar has; null: not known yet. */
let settled: string | null = null;
/** Contents of modules that may run on that site; null: not asked yet. */
let allowed: string | null = null;

function meet(event: Event): void {
  const node = (event as FocusEvent).relatedTarget;
  if (met || !node) return;
  met = true;
  place.removeEventListener(meeting, meet);
  const say = (text: string): boolean => node.dispatchEvent(new MessageEvent('say', { data: text }));
  let listening = false;
  const listen = (): void => {
    if (listening) return;
    listening = true;
    browser.runtime.onMessage.addListener((message: unknown) => {
      const { type, policy } = (message ?? {}) as { type?: unknown; policy?: unknown };
      if (type === 'guard.settle' && policy === 'allow') told(say, policy);
      if (type === 'guard.end') say('e');
    });
  };
  node.addEventListener('ask', (asked) => {
    listen();
    const { data } = asked as MessageEvent<unknown>;
    if (typeof data !== 'string') return;
    const text = data.slice(1);
    const word = data[0];
    if (word === 'p') say(`a${payload()}`);
    else if (word === 'a') say(`a${(allowed ??= said.nomineModules === true && !foreign() ? askAllowed() : '')}`);
    else if (word === 'f') say(`a${free()}`);
    else if (word === 't') say(`a${textAt(text)}`);
    else if (word === 'g') answerLater(text, fetchText, say);
    else if (word === 'i') answerLater(text, inspect, say);
    else if (word === 'c') answerLater(text, converse, say);
    else if (word === 'r') report(text);
    else if (word === 'l') look(text);
  });
  hand = () => say(`s${signatures}`);
  if (signatures !== '') hand();
  say(`t${settled ?? (foreign() ? 'protect' : policy())}`);
  settle(say);
  // Where the browser makes its interface on first use, that is left for when the page has nothing to do.
  if (!isEmpty) requestIdleCallback(listen, { timeout: 2_000 });
}

/** Scripts that are registered beside this one say it: the policy of this address, that any site has one, that modules are allowed here, and that signatures came with an update. */
const said = globalThis as { nominePolicy?: unknown; nomineSites?: unknown; nomineModules?: unknown; nomineSignatures?: unknown };

function policy(): string {
  const told = said.nominePolicy;
  return told === 'monitor' || told === 'strict' || told === 'allow' ? told : 'protect';
}

/** Whether this frame is in a page of another host, whose policy counts; true also where that is not told. */
function foreign(): boolean {
  if (window === window.top) return false;
  const top = location.ancestorOrigins?.[location.ancestorOrigins.length - 1];
  return top === undefined || top === 'null' || top !== window.origin;
}

/** What counts from now on. */
function told(say: (text: string) => void, found: string): void {
  settled = found;
  say(`t${found}`);
}

/**
 * Whether the background's header (`shared/timing.ts`) says that this document has no CSP; of one without an
 * address of its own, the one that it has its policies from: `f`, or `w` where a service worker may have made
 * the answer and with it the header; `c` where it says that WebAssembly is forbidden, `m` where it is such a service
 * worker's word, or only the document itself says so. Else a page cannot bend what is asked here.
 */
function free(): string {
  try {
    const found = origin();
    const inside = [...(Document.prototype.querySelectorAll.call(found.document, 'meta[http-equiv="content-security-policy" i]') as NodeListOf<HTMLMetaElement>)];
    const entry = found.performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
    const timings = entry?.serverTiming ?? [];
    // The last one: a server can send the same word, the background puts its own behind all others.
    for (let index = timings.length - 1; index >= 0; index -= 1) {
      const { name, description } = timings[index] ?? {};
      if (name !== timingMark) continue;
      const isAnswered = found.navigator.serviceWorker?.controller != null;
      if (description === 'closed') return isAnswered ? 'm' : 'c';
      if (description === 'free' && inside.length === 0) return isAnswered ? 'w' : 'f';
      break;
    }
    return inside.some(({ content }) => forbidsWebAssembly(content)) ? 'm' : '';
  } catch {
    return ''; // of another origin: nothing is known
  }
}

function origin(): Window {
  let found: Window = window;
  for (let depth = 0; depth < 8 && /^(?:about|blob):/u.test(found.location.protocol); depth += 1) {
    const outer = (found.parent === found ? found.opener : found.parent) as Window | null;
    if (outer === null || outer === found) break;
    found = outer;
  }
  return found;
}

/**
 * Tells the guard of the window around that another document begins in this frame (`guard/realm.ts`). The guard's
 * file does so, too, but by functions that a page may have had before.
 */
function tellAround(): void {
  // On an allowed site nobody but the page would hear it.
  if (window.parent === window || location.href === 'about:blank' || policy() === 'allow') return;
  try {
    window.parent.performance.dispatchEvent(new MessageEvent('nomine:born', { source: window }));
  } catch {
    // Of another origin: not its concern.
  }
}

/**
 * Whether this is an empty frame in a page that reaches into it: the guard of that page is here, too, and has its
 * own relay. Whoever comes to this one is a page.
 */
function isHeld(): boolean {
  if (window.parent === window || location.href !== 'about:blank') return false;
  try {
    return window.parent.document !== null;
  } catch {
    return false; // of another origin
  }
}

/** Asks the background, which knows the page around. Until it answers, the frame is protected. */
function settle(say: (text: string) => void): void {
  if (said.nomineSites !== true || !foreign()) return;
  browser.runtime.sendMessage({ type: 'guard.config' }).then(
    (config: unknown) => {
      const { policy: found, paused, allowed: contents } = (config ?? {}) as { policy?: unknown; paused?: unknown; allowed?: unknown };
      if (typeof found !== 'string') return;
      if (typeof contents === 'string') allowed = contents;
      told(say, paused === true ? 'allow' : found === 'noscript' ? 'strict' : found);
    },
    () => undefined,
  );
}

/** Whether the browser lets nobody wait for anything in this document: where a policy says so, and in Chromium while it is left. */
const isBarred = (): boolean => BROWSER === 'chromium' && textAt('data:,1') === '';

/** Read before it is asked for, where a policy lets nobody wait for it then. */
let ahead = '';
interface Policies {
  readonly featurePolicy?: { allowsFeature(name: string): boolean };
}
if (BROWSER === 'chromium' && !isEmpty && (document as Policies).featurePolicy?.allowsFeature('sync-xhr') === false) {
  void fetch(browser.runtime.getURL('inspector.b64')).then(async (answer) => {
    ahead = await answer.text();
  }).catch(() => undefined);
}

/** inspector.wasm in base64; `?` where it cannot be read for now. */
function payload(): string {
  void readSignatures().catch(() => undefined);
  const packaged = ahead || textAt(browser.runtime.getURL('inspector.b64'));
  if (packaged === '' && isBarred()) return '?';
  return signatures === '' || packaged === '' ? packaged : `${packaged}!${signatures}`;
}

/** Read at once because the guard is asked synchronously; no policy of the page counts here. Empty where it cannot be read. */
function textAt(address: string): string {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.overrideMimeType('text/plain;charset=utf-8');
    request.send();
    return request.responseText;
  } catch {
    return '';
  }
}

/** A number, then the question; the answer goes back behind the number, and is empty if there is none. */
function answerLater(asked: string, answer: (question: string) => Promise<string>, say: (text: string) => void): void {
  const end = asked.indexOf(' ');
  const told = (text: string): unknown => say(`g${asked.slice(0, end)} ${text}`);
  answer(asked.slice(end + 1)).then(told, () => told(''));
}

/** The text at an address. In Firefox the page's policy counts here as well. */
async function fetchText(address: string): Promise<string> {
  if (BROWSER === 'firefox') return (await browser.runtime.sendMessage({ type: 'guard.text', address })) as string;
  const answer = await fetch(address, { credentials: 'same-origin' });
  return answer.text();
}

/** The kind of a text as a digit, then the text. */
async function inspect(asked: string): Promise<string> {
  if (texts >= maximumTexts) return '';
  texts += 1;
  return verdict({ type: 'guard.inspect', kind: asked[0] === '2' ? 'shader' : 'script', text: asked.slice(1) });
}

/** The name of a conversation, whether the message is sent as a digit, and the message. */
async function converse(asked: string): Promise<string> {
  if (messages >= maximumMessages) return '';
  messages += 1;
  const end = asked.indexOf(' ');
  return verdict({ type: 'guard.converse', name: asked.slice(0, end), outgoing: asked[end + 1] === '1', text: asked.slice(end + 2) });
}

/** What the background says of it: the outcome as a digit, then the verdict. */
async function verdict(question: object): Promise<string> {
  const { outcome, content = '', ...rest } = (await browser.runtime.sendMessage(question)) as { outcome?: unknown; content?: string };
  const digit = ['allow', 'watch', 'block'].indexOf(outcome as string);
  return digit < 0 ? '' : `${digit}${JSON.stringify({ content, outcome, ...rest })}`;
}

function report(json: string): void {
  if (reports >= maximumReports || json.length > maximumLength) return;
  reports += 1;
  try {
    const { verdict, ...rest } = JSON.parse(json) as { verdict: string } & Record<string, unknown>;
    const { family, algorithm, confidence, evidence, content } = (verdict === '' ? {} : JSON.parse(verdict)) as Record<string, unknown>;
    void browser.runtime.sendMessage({ type: 'guard.report', ...rest, family, algorithm, confidence, evidence, content }).catch(() => undefined);
  } catch {
    // Not ours, or the extension was replaced under us: nothing to carry it to.
  }
}

/** Addresses that the guard cannot judge itself: what they are of, then they. */
function look(detail: string): void {
  if (looks >= maximumLooks) return;
  looks += 1;
  const [what, ...urls] = detail.split(' ');
  void browser.runtime.sendMessage({ type: 'guard.look', what, urls: urls.slice(0, 40) }).catch(() => undefined);
}

let reading = false;
/** Storage answers later; a guard that was asked before that works with the packaged signatures until then. */
async function readSignatures(): Promise<void> {
  if (reading || said.nomineSignatures !== true) return;
  reading = true;
  const { signatures: stored } = await browser.storage.local.get('signatures');
  if (typeof stored !== 'string' || stored === '') return;
  signatures = stored;
  hand?.();
}

if (!isEmpty) void readSignatures().catch(() => undefined);
tellAround();
if (!isHeld()) {
  place.addEventListener(meeting, meet);
  place.dispatchEvent(new Event(`${meeting}?`));
}

/** `abp:subscribe` links, by which lists are offered; only a person's own click counts. */
document.addEventListener(
  'click',
  (event) => {
    if (!event.isTrusted || event.button !== 0 || !(event.target instanceof Element)) return;
    const link = event.target.closest('a[href^="abp:"]');
    const href = link?.getAttribute('href') ?? '';
    if (href === '') return;
    event.preventDefault();
    void browser.runtime.sendMessage({ type: 'lists.subscribe', href }).catch(() => undefined);
  },
  true,
);

/**
 * A person's own click in a frame of a service that asks before it mines. The page would start at once,
 * so the click waits until every frame has been told.
 */
if (asksFirst(location.hostname)) {
  const consent = (clicked: boolean): Promise<unknown> => browser.runtime.sendMessage({ type: 'guard.consent', clicked }).catch(() => undefined);
  const clicked = (event: Event): void => {
    const { target } = event;
    if (!event.isTrusted || (event as MouseEvent).button !== 0 || !(target instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.removeEventListener('click', clicked, true);
    void consent(true).then(() => target.click());
  };
  void consent(false).then((answer) => {
    if ((answer as { counts?: unknown } | undefined)?.counts === true) document.addEventListener('click', clicked, true);
  });
}
