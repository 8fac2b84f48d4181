// Pause everywhere: until a time, until the browser restarts, or until it is ended by hand.
import type { Pause } from '../shared/model.js';
import { object } from '../shared/read.js';
import { pause } from '../shared/schema.js';
import { local } from './area.js';
import { complain } from './problems.js';
import { Cell } from './store.js';

const cell = new Cell<{ readonly until: Pause }>(
  { key: 'pause', version: 1, read: object({ until: pause }), standard: () => ({ until: null }) },
  local,
  complain,
);

let changed: () => Promise<void> = async () => undefined;

export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

export async function current(): Promise<Pause> {
  const { until } = await cell.load();
  return typeof until === 'number' && until <= Date.now() ? null : until;
}

export async function set(until: Pause): Promise<Pause> {
  await cell.changeInForce(() => ({ until: typeof until === 'number' && until <= Date.now() ? null : until }), changed);
  return current();
}

/** Forgets a pause that has ended; true where there was one. */
export async function expire(): Promise<boolean> {
  let ended = false;
  await cell.change((stored) => {
    ended = typeof stored.until === 'number' && stored.until <= Date.now();
    return ended ? { until: null } : stored;
  });
  return ended;
}

export async function restarted(): Promise<void> {
  await cell.change((stored) => (stored.until === 'restart' ? { until: null } : stored));
}
