// Wakes the background when a site rule or a pause ends. Firefox forgets alarms at a restart, so
// they are made anew at every start.
import { browser } from '../shared/browser.js';
import type { Pause } from '../shared/model.js';
import { nextEnd, type SiteRules } from './siterules.js';

const name = 'expiry';

export function start(expire: () => Promise<void>): void {
  browser.alarms.onAlarm.addListener((alarm) => {
    if (alarm.name === name) void expire();
  });
}

export async function schedule(rules: SiteRules, pause: Pause): Promise<void> {
  const ends = [nextEnd(rules), typeof pause === 'number' ? pause : null].filter((end) => end !== null);
  await browser.alarms.clear(name);
  if (ends.length > 0) await browser.alarms.create(name, { when: Math.max(Math.min(...ends), Date.now() + 1_000) });
}
