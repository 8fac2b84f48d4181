// The background: registers every listener at once, so that no event that wakes it is missed, then
// puts the stored state in force.
import { browser, isFirefox } from '../shared/browser.js';
import * as alarms from './alarms.js';
import * as badge from './badge.js';
import * as consent from './consent.js';
import * as engine from './engine.js';
import * as guard from './guard.js';
import * as inforce from './inforce.js';
import * as lateallow from './lateallow.js';
import * as messages from './messages.js';
import * as modules from './modules.js';
import * as chromium from './network-chromium.js';
import * as firefox from './network-firefox.js';
import * as options from './options.js';
import * as pause from './pause.js';
import * as popups from './popups.js';
import { complain, orElse } from './problems.js';
import * as rules from './rules.js';
import * as sites from './sites.js';
import * as stopped from './stopped.js';
import * as supervise from './supervise.js';
import * as tabs from './tabs.js';
import * as signatures from './signatures.js';
import * as updates from './updates.js';
import * as wire from './wire.js';

let enforcing: Promise<void> = Promise.resolve();

/** Puts policies, pause and passes in force everywhere they have an effect; one call after another. Rejects where the browser does not take them. */
function enforce(): Promise<void> {
  enforcing = enforcing.catch(() => undefined).then(enforceNow);
  return enforcing;
}

/** For those who change something that stays although the browser takes it not; that is complained of by then. */
function enforceIfPossible(): Promise<void> {
  return enforce().catch(() => undefined);
}

/** What is kept elsewhere than decisions can fail by itself; all else is put in force without it. */
async function enforceNow(): Promise<void> {
  const [all, paused, passes, allowed, { hiddenOnly }, banned, lists, updated] = await Promise.all([
    sites.all(), pause.current(), stopped.passes(), modules.all(), options.get(),
    orElse('rules', supervise.banned, []), orElse('lists', () => inforce.installer.current(), null), orElse('signatures', signatures.current, ''),
  ]);
  const lifted = isFirefox && (await orElse('engine', engine.load, null)) !== null;
  const taken = Promise.all([
    orElse('rules', () => rules.install(all, paused, { passes, late: lateallow.opened(), lifted, allowed, hiddenOnly, banned, calls: lists?.scriptlets?.calls ?? '' }).then(() => true), false),
    orElse('guard', () => guard.install(all, paused, allowed, lists?.scriptlets, updated !== '').then(() => true), false),
  ]);
  await Promise.all([
    taken,
    orElse('background', () => alarms.schedule(all, paused), undefined),
    isFirefox ? undefined : orElse('background', chromium.sitesChanged, undefined),
  ]);
  await orElse('background', badge.showAll, undefined);
  if ((await taken).includes(false)) throw new Error('unenforced');
}

async function expire(): Promise<void> {
  const [sitesEnded, pauseEnded] = await Promise.all([sites.expire(), pause.expire()]);
  if (sitesEnded || pauseEnded) await enforceIfPossible();
}

async function restarted(): Promise<void> {
  await Promise.all([sites.restarted(), pause.restarted()]);
  await enforceIfPossible();
}

function report(error: unknown): void {
  complain('background', error instanceof Error ? error.message : String(error));
}

inforce.start(enforceIfPossible);
engine.start(() => inforce.installer.engine(), () => void updates.rebuild().catch(report));
sites.start(enforce);
pause.start(enforce);
modules.start(enforce);
supervise.start(enforceIfPossible);
stopped.start(enforceIfPossible);
lateallow.start(enforceIfPossible);
options.start(enforceIfPossible);
alarms.start(expire);
messages.start();
updates.start();
if (isFirefox) {
  firefox.start();
  wire.start();
} else chromium.start(() => void expire().catch(report));

browser.runtime.onStartup.addListener(() => {
  void restarted().catch(report);
  void updates.begin(true).catch(report);
});
browser.runtime.onInstalled.addListener(({ reason }) => {
  void updates.begin(true).catch(report);
  // An install over kept data (a developer's) is a start of the browser too.
  if (reason === 'install') {
    void restarted().catch(report);
    void browser.tabs.create({ url: browser.runtime.getURL('ui/welcome.html') }).catch(() => undefined);
  } else void enforceIfPossible();
});
browser.tabs.onRemoved.addListener((tabId) => {
  tabs.forget(tabId);
  lateallow.forget(tabId);
  popups.forget(tabId);
  consent.forget(tabId);
  supervise.forget(tabId);
  badge.forget(tabId);
  void stopped.forget(tabId);
});
browser.tabs.onUpdated.addListener((tabId, change, tab) => {
  if (change.status === undefined) return;
  void (async () => {
    await tabs.load();
    if (change.status === 'loading') await tabs.settle(tabId, tab.url, tab.incognito);
    await badge.show(tabId);
  })().catch(report);
});
browser.permissions.onAdded.addListener(() => void badge.showAll());
browser.permissions.onRemoved.addListener(() => void badge.showAll());

badge.start();
void signatures.start().catch(report);
void updates.begin(false).catch(report);
void expire().then(enforceIfPossible).catch(report);
