// How much was stopped, by family, site and day. Counts only; stays in the browser.
import type { Statistics, StopEvent } from '../shared/model.js';
import { limits, statistics } from '../shared/schema.js';
import { local } from './area.js';
import { complain } from './problems.js';
import { Cell } from './store.js';

const days = 90;

export function empty(now: number): Statistics {
  return { since: now, total: 0, byFamily: {}, bySite: {}, byDay: {} };
}

/** The statistics with one more event in them. */
export function counted(statistics: Statistics, event: Pick<StopEvent, 'time' | 'family' | 'site'>): Statistics {
  const day = new Date(event.time).toISOString().slice(0, 10);
  return {
    since: statistics.since,
    total: statistics.total + 1,
    byFamily: plusOne(statistics.byFamily, event.family),
    bySite: plusOne(statistics.bySite, event.site),
    byDay: Object.fromEntries(Object.entries(plusOne(statistics.byDay, day)).sort(([left], [right]) => (left < right ? 1 : -1)).slice(0, days)),
  };
}

/** Counts up; a table that is full loses its smallest entry. */
function plusOne(table: Readonly<Record<string, number>>, key: string): Record<string, number> {
  const next: Record<string, number> = { ...table, [key]: (Object.hasOwn(table, key) ? (table[key] ?? 0) : 0) + 1 };
  const keys = Object.keys(next);
  if (keys.length > limits.table) {
    const smallest = keys.filter((other) => other !== key).reduce((least, other) => ((next[other] ?? 0) < (next[least] ?? 0) ? other : least));
    delete next[smallest];
  }
  return next;
}

const cell = new Cell<Statistics>(
  { key: 'statistics', version: 1, read: statistics, standard: () => empty(Date.now()) },
  local,
  complain,
);

let pending: Pick<StopEvent, 'time' | 'family' | 'site'>[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

export function count(event: StopEvent): void {
  pending.push(event);
  timer ??= setTimeout(() => void flush(), 500);
}

async function flush(): Promise<void> {
  timer = undefined;
  const batch = pending;
  pending = [];
  if (batch.length > 0) await cell.change((statistics) => batch.reduce(counted, statistics));
}

export async function get(): Promise<Statistics> {
  clearTimeout(timer);
  await flush();
  return cell.load();
}

export async function clear(): Promise<void> {
  pending = [];
  await cell.set(empty(Date.now()));
}
