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
  return rules.decide(await all(), host, Date.now());
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
  const rule: SiteRule = { name: canonicalName, scope, policy, until, since: now, by: 'person' };
  if (!rules.ended(until, now)) {
    await change((before) => rules.decided(before, rule));
  }
  return rules.decide(await all(), canonicalName, now);
}

export async function remove(name: string, scope: Scope): Promise<boolean> {
  let removed = false;
  await change((before) => {
    const after = rules.remove(before, canonical(name), scope);
    removed = after.length < before.length;
    return removed ? after : before;
  });
  return removed;
}

export async function exportText(): Promise<string> {
  return write(await all());
}

export async function importText(text: string): Promise<{ added: number; errors: readonly string[] }> {
  const { rules: found, errors } = read(text, Date.now());
  let fits = true;
  await change((before) => {
    const next = found.reduce<rules.SiteRules>(rules.put, before);
    fits = next.length <= limits.rules;
    return fits ? next : before;
  });
  return fits ? { added: found.length, errors } : { added: 0, errors: ['toomany'] };
}

/** Drops rules that have ended; true where there were any. */
export async function expire(): Promise<boolean> {
  let dropped = false;
  await cell.change((stored) => {
    const kept = rules.current(stored.rules, Date.now());
    dropped = kept !== stored.rules;
    return dropped ? { rules: kept } : stored;
  });
  return dropped;
}

/** The browser was started again: what was allowed until then ends. */
export async function restarted(): Promise<void> {
  await cell.change((stored) => {
    const kept = rules.afterRestart(stored.rules);
    return kept === stored.rules ? stored : { rules: kept };
  });
}

/** Rejects, and changes nothing, where the browser does not take it. */
async function change(act: (rules: rules.SiteRules) => rules.SiteRules): Promise<void> {
  await cell.changeInForce((stored) => {
    const next = act(rules.current(stored.rules, Date.now()));
    return next === stored.rules ? stored : { rules: next };
  }, changed);
}
