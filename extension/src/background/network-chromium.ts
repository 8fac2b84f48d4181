// Chromium: declarativeNetRequest decides; this only accounts for what it blocked, and shows our
// page where a whole page was blocked. Other extensions block too, so each block is checked.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { cause } from './cause.js';
import * as consent from './consent.js';
import * as events from './events.js';
import * as lateallow from './lateallow.js';
import * as pause from './pause.js';
import * as popups from './popups.js';
import * as sites from './sites.js';
import * as stopped from './stopped.js';
import * as supervise from './supervise.js';
import * as tabs from './tabs.js';

type Stopped = Pick<chrome.webRequest.OnErrorOccurredDetails, 'url' | 'type' | 'tabId' | 'initiator' | 'method'>;
type Begun = chrome.webRequest.OnBeforeRequestDetails;

const neutral = /^chrome-extension:\/\/[a-z0-9-]+\/neutral\//u;
const everywhere = { urls: ['<all_urls>', 'ws://*/*', 'wss://*/*'] };

/** `begun` is called when a page starts to load. */
export function start(begun: () => void): void {
  browser.webRequest.onErrorOccurred.addListener((details) => {
    if (details.error === 'net::ERR_BLOCKED_BY_CLIENT') void account(details);
  }, everywhere);
  // A neutral resource answered in its place; the address there is a dynamic one.
  browser.webRequest.onBeforeRedirect.addListener((details) => {
    if (neutral.test(details.redirectUrl)) void account(details);
  }, everywhere);
  browser.webRequest.onBeforeRequest.addListener(
    (details) => {
      lateallow.begun(details.tabId, hostOf(details.url));
      consent.forget(details.tabId);
      supervise.forget(details.tabId);
      void pageBegins(details);
      begun();
      return undefined;
    },
    { urls: ['<all_urls>'], types: ['main_frame'] },
  );
}

async function pageBegins({ tabId, url, method, requestId, initiator, timeStamp }: Begun): Promise<void> {
  await tabs.load();
  const from = popups.openerOf(tabId, requestId, initiator, tabs.hostBefore(tabId, url, timeStamp));
  await tabs.begin(tabId, url);
  // The browser's rules stop listed pages by themselves.
  if (from !== '' && (await cause({ url, from: '', type: 'main_frame', method })) === null) await popups.stop({ url, tabId, method, from });
}

async function account(details: Stopped): Promise<void> {
  const { url, type, tabId } = details;
  const page = type === 'main_frame';
  await tabs.load();
  const from = page ? '' : (details.initiator ?? '');
  const site = page ? hostOf(url) : (tabs.get(tabId)?.host ?? hostOf(from));
  if ((await pause.current()) !== null) return;
  const rule = await sites.decide(site);
  if (rule?.policy === 'allow' || rule?.policy === 'monitor') {
    if (rule.scope === 'host' && !page && (await cause({ url, from, type, method: details.method })) !== null) await openAgain(tabId, site);
    return;
  }
  if (page && (await stopped.passed(site, tabId))) return;
  const found = await cause({ url, from, type, method: details.method });
  if (found === null) return;
  await events.record({ ...found, tabId, site, subject: page ? 'page' : subjectOf(type), url, frameUrl: from, outcome: 'block' });
  if (page) await stopped.show(tabId, url);
}

async function openAgain(tabId: number, host: string): Promise<void> {
  if (await lateallow.worthAnother(tabId, host)) await browser.tabs.reload(tabId).catch(() => undefined);
}

/** On monitored sites nothing is blocked; what would have been is noted. */
async function observe(details: Begun): Promise<void> {
  const { url, type, tabId, method } = details;
  await tabs.load();
  const from = details.initiator ?? '';
  const site = tabs.get(tabId)?.host ?? hostOf(from);
  if ((await pause.current()) !== null || (await sites.policy(site)) !== 'monitor') return;
  const found = await cause({ url, from, type, method });
  if (found !== null) await events.record({ ...found, tabId, site, subject: subjectOf(type), url, frameUrl: from, outcome: 'monitor' });
}

const observer = (details: Begun): undefined => {
  void observe(details);
};

/** Every request is looked at only while there are monitored sites. */
export async function sitesChanged(): Promise<void> {
  const monitored = (await sites.all()).some((rule) => rule.policy === 'monitor');
  const event = browser.webRequest.onBeforeRequest;
  if (monitored && !event.hasListener(observer)) event.addListener(observer, everywhere);
  if (!monitored && event.hasListener(observer)) event.removeListener(observer);
}

function subjectOf(type: string): 'socket' | 'script' | 'request' {
  return type === 'websocket' || type === 'webtransport' ? 'socket' : type === 'script' ? 'script' : 'request';
}
