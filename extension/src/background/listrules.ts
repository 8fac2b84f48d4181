// The rules made from lists among the browser's dynamic rules: only what differs is changed, in one
// call, which the browser does wholly or not at all.
import { browser } from '../shared/browser.js';
import { floorOfSiteRules, type Rule } from './dnr.js';
import type { Net } from './installer.js';
import { stable } from './rules.js';

/** What to remove and add so that these rules are there; a rule that is there keeps its number. */
export function difference(present: readonly Rule[], wanted: readonly Rule[]): { removeRuleIds: number[]; addRules: Rule[] } {
  const own = present.filter((rule) => rule.id <= floorOfSiteRules);
  const known = new Map(own.map((rule) => [meaning(rule), rule.id]));
  const kept = new Set<number>();
  const missing: Rule[] = [];
  for (const rule of wanted) {
    const id = known.get(meaning(rule));
    if (id === undefined || kept.has(id)) missing.push(rule);
    else kept.add(id);
  }
  const removeRuleIds = own.map((rule) => rule.id).filter((id) => !kept.has(id));
  let next = 1;
  const addRules = missing.map((rule) => {
    while (kept.has(next)) next += 1;
    const id = next;
    next += 1;
    return { ...rule, id };
  });
  return { removeRuleIds, addRules };
}

function meaning(rule: Rule): string {
  return stable({ ...rule, id: 0 });
}

export const net: Net = {
  replace: async (rules) => {
    const change = difference(await browser.declarativeNetRequest.getDynamicRules(), rules);
    if (change.removeRuleIds.length > 0 || change.addRules.length > 0) await browser.declarativeNetRequest.updateDynamicRules(change);
  },
  packaged: async (on) => {
    const { rule_resources: all = [] } = (browser.runtime.getManifest() as { declarative_net_request?: { rule_resources?: { id: string }[] } }).declarative_net_request ?? {};
    const ids = all.map(({ id }) => id).filter((id) => id !== 'guard');
    const enabled = new Set(await browser.declarativeNetRequest.getEnabledRulesets());
    const wrong = ids.filter((id) => enabled.has(id) !== on);
    if (wrong.length > 0) await browser.declarativeNetRequest.updateEnabledRulesets(on ? { enableRulesetIds: wrong } : { disableRulesetIds: wrong });
  },
};
