// In the extension's own world of every frame: hands the guard what it needs and carries its reports
// to the background. It trusts only a node that the guard gave it before any script of the page ran.
import { askAllowed } from '../shared/allowed.js';
import { browser } from '../shared/browser.js';
import { asksFirst } from '../shared/consent.js';

/** As in `guard/channel.ts`; the rooms share only this word. */
const meeting = 'nomine:meet';
const maximumReports = 400;
const maximumLength = 60_000;
const maximumLooks = 40;

let met = false;
/** Signatures that came with an update, in base64; those of the package serve where there are none. */
let signatures = '';
let hand: (() => void) | null = null;
let reports = 0;
let looks = 0;
/** The policy that the site in the address bar has; null: not known yet. */
let settled: string | null = null;
/** Contents of modules that may run on that site; null: not asked yet. */
let allowed: string | null = null;

function meet(event: Event): void {
  if (met || !(event instanceof MouseEvent)) return;
  const node = event.relatedTarget;
  if (node === null) return;
  met = true;
  document.removeEventListener(meeting, meet);
  node.addEventListener('hello', () => answer(node, settled ?? (foreign() ? 'protect' : policy())));
  settle(node);
  browser.runtime.onMessage.addListener((message: unknown) => {
    const { type, policy } = (message ?? {}) as { type?: unknown; policy?: unknown };
    if (type === 'guard.settle' && policy === 'allow') told(node, policy);
    if (type === 'guard.end') node.dispatchEvent(new CustomEvent('end'));
  });
  node.addEventListener('allowed', () => answer(node, (allowed ??= said.nomineModules === true && !foreign() ? askAllowed() : '')));
  node.addEventListener('payload', () => answer(node, payload()));
  node.addEventListener('look', (asked) => {
    if (asked instanceof CustomEvent && typeof asked.detail === 'string') look(asked.detail);
  });
  hand = () => node.dispatchEvent(new CustomEvent('signatures', { detail: signatures }));
  if (signatures !== '') hand();
  node.addEventListener('report', (said) => {
    if (said instanceof CustomEvent && typeof said.detail === 'string') report(said.detail);
  });
}

function answer(node: EventTarget, detail: string): void {
  node.dispatchEvent(new CustomEvent('answer', { detail }));
}

/** Scripts that are registered beside this one say it: the policy of this address, that any site has one, and that modules are allowed here. */
const said = globalThis as { nominePolicy?: unknown; nomineSites?: unknown; nomineModules?: unknown };

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
function told(node: EventTarget, found: string): void {
  settled = found;
  node.dispatchEvent(new CustomEvent('settled', { detail: found }));
}

/** Asks the background, which knows the page around. Until it answers, the frame is protected. */
function settle(node: EventTarget): void {
  if (said.nomineSites !== true || !foreign()) return;
  browser.runtime.sendMessage({ type: 'guard.config' }).then(
    (config: unknown) => {
      const { policy: found, paused, allowed: contents } = (config ?? {}) as { policy?: unknown; paused?: unknown; allowed?: unknown };
      if (typeof found !== 'string') return;
      if (typeof contents === 'string') allowed = contents;
      told(node, paused === true ? 'allow' : found === 'noscript' ? 'strict' : found);
    },
    () => undefined,
  );
}

/** inspector.wasm in base64, read at once because the guard is asked synchronously. */
function payload(): string {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', browser.runtime.getURL('inspector.b64'), false);
    request.send();
    return signatures === '' ? request.responseText : `${request.responseText}!${signatures}`;
  } catch {
    return '';
  }
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

/** Storage answers later; a guard that was asked before that works with the packaged signatures until then. */
async function readSignatures(): Promise<void> {
  const { signatures: stored } = await browser.storage.local.get('signatures');
  if (typeof stored !== 'string' || stored === '') return;
  signatures = stored;
  hand?.();
}

void readSignatures().catch(() => undefined);
document.addEventListener(meeting, meet);
document.dispatchEvent(new Event(`${meeting}?`));

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
