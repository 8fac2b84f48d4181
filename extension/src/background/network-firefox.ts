// Firefox: the engine decides in blocking webRequest and accounts exactly. The compiled rules of
// declarativeNetRequest are the floor until it is loaded, and where it cannot be.
import { browser } from '../shared/browser.js';
import type { BlockingAnswer, BlockingEvent, FirefoxDetails, FirefoxInterface, WireInterface } from '../shared/firefox.js';
import { forbidsWebAssembly } from '../shared/csp.js';
import { hostOf, isAddress } from '../shared/host.js';
import { timingHeader, type Timing } from '../shared/timing.js';
import { because, stop, type Stop } from './cause.js';
import * as consent from './consent.js';
import { scriptlessPolicy, strictPolicy } from './dnr.js';
import * as engine from './engine.js';
import * as events from './events.js';
import * as pause from './pause.js';
import * as popups from './popups.js';
import * as sites from './sites.js';
import * as stopped from './stopped.js';
import * as supervise from './supervise.js';
import * as tabs from './tabs.js';
import { Uncloak } from './uncloak.js';

/** Where the build puts the neutral resources. */
const neutralFolder = 'neutral/';
const everywhere = { urls: ['<all_urls>', 'ws://*/*', 'wss://*/*'] };
/** Whether the last request went out without a proxy. */
let direct = false;
const uncloak = new Uncloak((browser as unknown as FirefoxInterface).dns);

export function start(): void {
  (browser.webRequest.onBeforeRequest as unknown as BlockingEvent).addListener(decide, everywhere, ['blocking']);
  (browser as unknown as WireInterface).webRequest.onHeadersReceived.addListener(addPolicies, { urls: ['<all_urls>'], types: ['main_frame', 'sub_frame'] }, ['blocking', 'responseHeaders']);
}

/** What tells the guard whether a document has a policy, as a rule does in Chromium: the last word counts, so no server can say it. */
const timing = (said: Timing): { name: string; value: string } => ({ name: 'server-timing', value: timingHeader(said) });

/**
 * Filters can add a Content-Security-Policy to a document, and so does the policy of the page around a
 * frame (the page's own is a rule); each is its own header, so none is loosened.
 */
async function addPolicies(details: FirefoxDetails): Promise<BlockingAnswer | undefined> {
  const { url, type, method, responseHeaders = [] } = details;
  if ((await pause.current()) !== null) return undefined;
  const page = type === 'main_frame';
  const policy = await sites.policy(hostOf(page ? url : topOf(details)));
  if (policy === 'allow' || policy === 'monitor') return undefined;
  const from = page ? '' : (details.documentUrl ?? details.originUrl ?? '');
  const added = [...(await engine.policies({ url, from, type, method }))];
  if (!page && policy === 'strict') added.push(strictPolicy);
  if (!page && policy === 'noscript') added.push(scriptlessPolicy);
  const own = responseHeaders.filter(({ name }) => name.toLowerCase() === 'content-security-policy').map(({ value = '' }) => value);
  const all = [...own, ...added];
  const said = all.some(forbidsWebAssembly) ? 'closed' : all.length > 0 ? 'bound' : 'free';
  return { responseHeaders: [...responseHeaders, ...added.map((value) => ({ name: 'content-security-policy', value })), timing(said)] };
}

async function decide(details: FirefoxDetails): Promise<BlockingAnswer | undefined> {
  const { url, type, tabId } = details;
  const page = type === 'main_frame';
  direct = isDirect(details);
  await tabs.load();
  const opener = page ? popups.openerOf(tabId, details.requestId, details.originUrl, tabs.hostBefore(tabId, url, details.timeStamp)) : '';
  if (page) {
    consent.forget(tabId);
    supervise.forget(tabId);
    await tabs.begin(tabId, url, details.incognito);
  }
  if ((await pause.current()) !== null) return undefined;
  const top = page ? url : topOf(details);
  const site = hostOf(top) || tabs.get(tabId)?.host || '';
  const policy = await sites.policy(site);
  if (policy === 'allow' || (await consent.opens(url))) return undefined;
  const found = await causeOf(details, page);
  if (found === null) return opener !== '' && (await popups.stop({ url, tabId, method: details.method, from: opener })) ? { cancel: true } : undefined;
  const { cause, redirect } = found;
  if (page && (await stopped.passed(site, tabId))) return undefined;
  const outcome = policy === 'monitor' ? 'monitor' : 'block';
  // Not awaited: the answer must not wait for the log.
  void events.record({ ...cause, tabId, incognito: details.incognito, site, subject: page ? 'page' : subjectOf(type), url, frameUrl: details.documentUrl ?? details.originUrl ?? '', outcome });
  if (outcome === 'monitor') return undefined;
  if (page) await stopped.show(tabId, url);
  return redirect === '' || page ? { cancel: true } : { redirectUrl: browser.runtime.getURL(neutralFolder + redirect) };
}

/** What the lists would do with a request of this address; through a proxy, if the last one went through one. */
export function wouldStop(url: string, from: string, type: string): Promise<Stop | null> {
  const proxyInfo = direct ? null : { type: 'unknown' };
  return causeOf({ url, documentUrl: from, type, method: 'GET', proxyInfo }, type === 'main_frame');
}

type Asked = Pick<FirefoxDetails, 'url' | 'type' | 'method' | 'documentUrl' | 'originUrl' | 'proxyInfo'>;

async function causeOf(details: Asked, page: boolean): Promise<Stop | null> {
  const from = page ? '' : (details.documentUrl ?? details.originUrl ?? '');
  const query: engine.Query = { url: details.url, from, type: details.type, method: details.method };
  const found = await stop(query);
  if (found !== null || page || (await engine.load()) === null) return found;
  return cloaked(query, details);
}

/** The same question about the name behind the host; not through a proxy that resolves names itself. */
async function cloaked(query: engine.Query, details: Asked): Promise<Stop | null> {
  const host = hostOf(query.url);
  if (!isDirect(details) || host === '' || isAddress(host) || host === 'localhost') return null;
  const name = await uncloak.canonicalName(host);
  if (name === '' || (await engine.registrable(name)) === (await engine.registrable(host))) return null;
  const url = URL.parse(query.url);
  if (url === null) return null;
  url.hostname = name;
  const decision = await engine.check({ ...query, url: url.href });
  return decision === null ? null : { cause: because(decision.list, decision.filter), redirect: decision.redirect };
}

function isDirect({ proxyInfo }: Asked): boolean {
  return proxyInfo === null || proxyInfo === undefined || proxyInfo.type === 'direct';
}

/** The address of the page that the person sees. */
function topOf({ frameAncestors, documentUrl, originUrl }: FirefoxDetails): string {
  return frameAncestors?.at(-1)?.url ?? documentUrl ?? originUrl ?? '';
}

function subjectOf(type: string): 'socket' | 'script' | 'request' {
  return type === 'websocket' ? 'socket' : type === 'script' ? 'script' : 'request';
}
