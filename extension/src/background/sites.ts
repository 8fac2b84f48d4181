// Site policies in force: stored, looked up, changed, and told to everything that depends on them.
import { canonical, isAddress } from '../shared/host.js';
import type { End, Policy, Scope, SiteRule } from '../shared/model.js';
import { list, object, salvaged } from '../shared/read.js';
import { limits, siteRule } from '../shared/schema.js';
import { local } from './area.js';
import * as engine from './engine.js';
import { complain } from './problems.js';
import * as rules from './siterules.js';
import { read, write } from './sitefile.js';
import { Cell } from './store.js';

interface Stored {
  readonly rules: rules.SiteRules;
}

const cell = new Cell<Stored>(
  {
    key: 'sites',
    version: 1,
    read: object({ rules: list(siteRule, limits.rules) }),
    salvage: (value, refused) => object({ rules: salvaged(siteRule, limits.rules, refused) })(value),
    standard: () => ({ rules: [] }),
  },
  local,
  complain,
);

let changed: () => Promise<void> = async () => undefined;

/** `whenChanged` puts the policies in force; a change is answered only after it. */
export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

export async function all(): Promise<rules.SiteRules> {
  return rules.current((await cell.load()).rules, Date.now());
}

export async function decide(host: string): Promise<SiteRule | null> {
  return rules.decide((await cell.load()).rules, host, Date.now());
}

export async function policy(host: string): Promise<Policy> {
  return (await decide(host))?.policy ?? 'protect';
}

/** The site that a host belongs to: its registrable domain, or the host itself where there is none. */
export async function siteOf(host: string): Promise<string> {
  if (host === '' || isAddress(host)) return host;
  return (await engine.registrable(host)) || host;
}

export async function set(name: string, scope: Scope, policy: Policy, until: End): Promise<SiteRule | null> {
  const canonicalName = canonical(name);
  const now = Date.now();
  const before = await all();
  if (rules.ended(until, now)) return rules.decide(before, canonicalName, now);
  const rule: SiteRule = { name: canonicalName, scope, policy, until, since: now, by: 'person' };
  // A decision replaces the other scope's for the same name, so that the switch always has its effect.
  const without = before.filter((other) => other.by === 'organisation' || other.name !== canonicalName);
  await replace(rules.put(without, rule));
  return rules.decide((await cell.load()).rules, canonicalName, now);
}

export async function remove(name: string, scope: Scope): Promise<boolean> {
  const before = await all();
  const after = rules.remove(before, canonical(name), scope);
  if (after.length === before.length) return false;
  await replace(after);
  return true;
}

export async function exportText(): Promise<string> {
  return write(await all());
}

export async function importText(text: string): Promise<{ added: number; errors: readonly string[] }> {
  const { rules: found, errors } = read(text, Date.now());
  let next = await all();
  for (const rule of found) next = rules.put(next, rule);
  const fits = next.length <= limits.rules;
  if (fits && found.length > 0) await replace(next);
  return fits ? { added: found.length, errors } : { added: 0, errors: [...errors, `more than ${limits.rules} sites`] };
}

/** Drops rules that have ended; true where there were any. */
export async function expire(): Promise<boolean> {
  const before = (await cell.load()).rules;
  const after = rules.current(before, Date.now());
  if (after === before) return false;
  await cell.set({ rules: after });
  return true;
}

/** The browser was started again: what was allowed until then ends. */
export async function restarted(): Promise<void> {
  const before = (await cell.load()).rules;
  const after = rules.afterRestart(before);
  if (after !== before) await cell.set({ rules: after });
}

async function replace(next: rules.SiteRules): Promise<void> {
  await cell.set({ rules: next });
  await changed();
}
