// Everything that was stopped comes through here: bounded, counted once, logged, shown on the button.
import { browser } from '../shared/browser.js';
import { hostOf, presentable } from '../shared/host.js';
import type { StopEvent } from '../shared/model.js';
import { local } from './area.js';
import * as badge from './badge.js';
import { Log } from './log.js';
import { complain } from './problems.js';
import * as statistics from './statistics.js';
import * as tabs from './tabs.js';

export type Incoming = Omit<StopEvent, 'id' | 'time' | 'count' | 'site'> & {
  readonly site?: string;
  /** Of a private window, where the browser says so. */
  readonly incognito?: boolean | undefined;
};

export const log = new Log(local, complain);

/** New events per window, from all tabs; more are only counted in their tab. */
const flood = { most: 60, window: 10_000 } as const;
let recent: number[] = [];
let order: Promise<unknown> = Promise.resolve();

/** Records an event; calls are worked off in their order. */
export function record(incoming: Incoming): Promise<void> {
  const done = order.then(() => keep(incoming));
  order = done.catch((error: unknown) => complain('events', error instanceof Error ? error.message : String(error)));
  return done;
}

async function keep({ incognito, ...incoming }: Incoming): Promise<void> {
  await tabs.load();
  const { tabId } = incoming;
  const tab = tabs.get(tabId);
  const now = Date.now();
  const event = {
    ...incoming,
    url: presentable(incoming.url),
    frameUrl: presentable(incoming.frameUrl),
    site: incoming.site ?? tab?.host ?? hostOf(incoming.frameUrl),
    time: now,
    count: 1,
  };
  const same = tabs.alike(tabId, event);
  if (same !== undefined) {
    const again: StopEvent = { ...same, count: same.count + 1 };
    tabs.replace(tabId, again);
    log.change(again);
    return;
  }
  recent = recent.filter((time) => time > now - flood.window);
  const secret = incognito ?? tab?.incognito ?? (await canBePrivate());
  if (recent.length >= flood.most) {
    tabs.addUnlisted(tabId, event);
  } else {
    recent.push(now);
    const full = await (secret ? log.unwritten(event) : log.add(event));
    tabs.add(tabId, full);
    if (!secret && full.outcome === 'block') statistics.count(full);
  }
  await badge.show(tabId);
}

/** What comes from no tab, or from one that is gone, can be of a private window only where a person let us into those. */
async function canBePrivate(): Promise<boolean> {
  try {
    return await browser.extension.isAllowedIncognitoAccess();
  } catch {
    return true;
  }
}
