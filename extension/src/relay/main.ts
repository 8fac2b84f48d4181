// In the extension's own world of every frame: hands the guard what it needs and carries its reports
// to the background. It trusts only a node that the guard gave it before any script of the page ran.
import { browser } from '../shared/browser.js';

/** As in `guard/channel.ts`; the rooms share only this word. */
const meeting = 'nomine:meet';
const maximumReports = 400;
const maximumLength = 60_000;

let met = false;
/** Signatures that came with an update, in base64; those of the package serve where there are none. */
let signatures = '';
let hand: (() => void) | null = null;
let reports = 0;
/** The policy that the site in the address bar has; null: not known yet. */
let settled: string | null = null;

function meet(event: Event): void {
  if (met || !(event instanceof MouseEvent)) return;
  const node = event.relatedTarget;
  if (node === null) return;
  met = true;
  document.removeEventListener(meeting, meet);
  node.addEventListener('hello', () => answer(node, settled ?? (foreign() ? 'protect' : policy())));
  settle(node);
  node.addEventListener('payload', () => answer(node, payload()));
  hand = () => node.dispatchEvent(new CustomEvent('signatures', { detail: signatures }));
  if (signatures !== '') hand();
  node.addEventListener('report', (said) => {
    if (said instanceof CustomEvent && typeof said.detail === 'string') report(said.detail);
  });
}

function answer(node: EventTarget, detail: string): void {
  node.dispatchEvent(new CustomEvent('answer', { detail }));
}

/** Scripts that are registered before this one say it: the policy of this address, and that any site has one. */
const said = globalThis as { nominePolicy?: unknown; nomineSites?: unknown };

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

/** Asks the background, which knows the page around. Until it answers, the frame is protected. */
function settle(node: EventTarget): void {
  if (said.nomineSites !== true || !foreign()) return;
  browser.runtime.sendMessage({ type: 'guard.config' }).then(
    (config: unknown) => {
      const { policy: found, paused } = (config ?? {}) as { policy?: unknown; paused?: unknown };
      if (typeof found !== 'string') return;
      settled = paused === true ? 'allow' : found === 'noscript' ? 'strict' : found;
      node.dispatchEvent(new CustomEvent('settled', { detail: settled }));
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
    const { family, algorithm, confidence, evidence } = (verdict === '' ? {} : JSON.parse(verdict)) as Record<string, unknown>;
    void browser.runtime.sendMessage({ type: 'guard.report', ...rest, family, algorithm, confidence, evidence }).catch(() => undefined);
  } catch {
    // Not ours, or the extension was replaced under us: nothing to carry it to.
  }
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
