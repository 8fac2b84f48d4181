// Wakes the background when a site rule or a pause ends. Firefox forgets alarms at a restart, so
// they are made anew at every start.
import { browser } from '../shared/browser.js';
import type { Pause } from '../shared/model.js';
import { nextEnd, type SiteRules } from './siterules.js';

const name = 'expiry';

/** Alarms of Chromium are at least this far away; nearer ends also get a timer. */
const nearest = 30_000;

let expired: () => Promise<void> = async () => undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export function start(expire: () => Promise<void>): void {
  expired = expire;
  browser.alarms.onAlarm.addListener((alarm) => {
    if (alarm.name === name) void expire();
  });
}

export async function schedule(rules: SiteRules, pause: Pause): Promise<void> {
  const ends = [nextEnd(rules), typeof pause === 'number' ? pause : null].filter((end) => end !== null);
  await browser.alarms.clear(name);
  clearTimeout(timer);
  if (ends.length === 0) return;
  const wait = Math.min(...ends) - Date.now();
  if (wait < nearest) timer = setTimeout(() => void expired(), Math.max(wait, 0) + 10);
  // One that is missed, while the background ends, comes again.
  await browser.alarms.create(name, { when: Date.now() + Math.max(wait, 1_000), periodInMinutes: 1 });
}
