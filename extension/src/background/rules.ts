// Puts site policies, pauses and passes in force as dynamic and session rules of the browser.
import { browser, isFirefox } from '../shared/browser.js';
import type { Pause } from '../shared/model.js';
import { compile, floorOfSiteRules, type Besides, type Rule } from './dnr.js';
import type { SiteRules } from './siterules.js';

let queue: Promise<void> = Promise.resolve();

/** Installs the difference to what is in force; calls are done one after the other. Rejects where the browser does not take it. */
export function install(rules: SiteRules, pause: Pause, besides: Besides): Promise<void> {
  const done = queue.then(async () => {
    const wanted = compile(rules, pause, isFirefox, besides);
    const net = browser.declarativeNetRequest;
    await replace(await net.getDynamicRules(), wanted.dynamic, (change) => net.updateDynamicRules(change));
    await replace(await net.getSessionRules(), wanted.session, (change) => net.updateSessionRules(change));
  });
  queue = done.catch(() => undefined);
  return done;
}

type Update = (change: { removeRuleIds: number[]; addRules: Rule[] }) => Promise<void>;

async function replace(present: readonly Rule[], wanted: readonly Rule[], update: Update): Promise<void> {
  const own = new Map(present.filter((rule) => rule.id > floorOfSiteRules).map((rule) => [rule.id, rule]));
  const addRules = wanted.filter((rule) => !equal(own.get(rule.id), rule));
  const kept = new Set(wanted.map((rule) => rule.id));
  const removeRuleIds = [...own.keys()].filter((id) => !kept.has(id)).concat(addRules.map((rule) => rule.id).filter((id) => own.has(id)));
  if (addRules.length > 0 || removeRuleIds.length > 0) await update({ removeRuleIds, addRules });
}

function equal(present: Rule | undefined, wanted: Rule): boolean {
  return present !== undefined && stable(present) === stable(wanted);
}

/** Text of a rule that does not depend on the order of its fields, nor on empty ones a browser adds. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part === null ? undefined : part;
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
