// Site rules as pure data: which rule decides a host, and what a change makes of the list.
import { isAddress, within } from '../shared/host.js';
import type { End, Scope, SiteRule } from '../shared/model.js';

export type SiteRules = readonly SiteRule[];

/** Whether the rule has ended. Rules that end at a restart are removed when the browser starts. */
export function ended(until: End, now: number): boolean {
  return typeof until === 'number' && until <= now;
}

/**
 * The rule that decides this host: an organisation's before a person's, then the longest name,
 * then exactly this host before its whole site.
 */
export function decide(rules: SiteRules, host: string, now: number): SiteRule | null {
  if (host === '') return null;
  let best: SiteRule | null = null;
  for (const rule of rules) {
    if (ended(rule.until, now)) continue;
    if (rule.scope === 'host' ? rule.name !== host : !covers(rule.name, host)) continue;
    if (best === null || outranks(rule, best)) best = rule;
  }
  return best;
}

function covers(name: string, host: string): boolean {
  return isAddress(name) || isAddress(host) ? name === host : within(host, name);
}

function outranks(rule: SiteRule, other: SiteRule): boolean {
  if (rule.by !== other.by) return rule.by === 'organisation';
  if (rule.name.length !== other.name.length) return rule.name.length > other.name.length;
  return rule.scope === 'host' && other.scope === 'site';
}

/** The list with this rule in it, in place of any earlier one for the same name and scope. */
export function put(rules: SiteRules, rule: SiteRule): SiteRules {
  return [...rules.filter((other) => !same(other, rule)), rule];
}

export function remove(rules: SiteRules, name: string, scope: Scope): SiteRules {
  return rules.filter((rule) => rule.by === 'organisation' || rule.name !== name || rule.scope !== scope);
}

function same(left: SiteRule, right: SiteRule): boolean {
  return left.name === right.name && left.scope === right.scope && left.by === right.by;
}

/**
 * The list with this decision of a person in it, in place of the others for its name, whatever their scope,
 * so that the switch always has its effect. What was decided otherwise holds again when a site is no longer allowed.
 */
export function decided(rules: SiteRules, rule: SiteRule): SiteRules {
  const replaced = rules.filter((other) => other.by === 'person' && other.name === rule.name);
  const others = rules.filter((other) => !replaced.includes(other));
  const before = rule.policy === 'allow' ? replaced.map(otherThanAllowed).find((one) => one !== undefined) : undefined;
  return [...others, before === undefined ? rule : { ...rule, before }];
}

function otherThanAllowed({ scope, policy, until, before }: SiteRule): SiteRule['before'] {
  return policy === 'allow' ? before : { scope, policy, until };
}

/** The rules that are still in force. */
export function current(rules: SiteRules, now: number): SiteRules {
  return left(rules, (until) => ended(until, now));
}

/** What is left when the browser has been started again. */
export function afterRestart(rules: SiteRules): SiteRules {
  return left(rules, (until) => until === 'restart');
}

/** The same list where nothing ended. */
function left(rules: SiteRules, over: (until: End) => boolean): SiteRules {
  if (!rules.some((rule) => over(rule.until))) return rules;
  return rules.flatMap((rule) => {
    if (!over(rule.until)) return [rule];
    const { before, ...same } = rule;
    return before === undefined || over(before.until) ? [] : [{ ...same, ...before }];
  });
}

/** The next moment at which a rule ends, or null. */
export function nextEnd(rules: SiteRules): number | null {
  let next: number | null = null;
  for (const { until } of rules) if (typeof until === 'number' && (next === null || until < next)) next = until;
  return next;
}

/** Rules with another policy inside the reach of this one. */
export function exceptions(rules: SiteRules, rule: SiteRule, differs: (other: SiteRule) => boolean): SiteRules {
  if (rule.scope === 'host') return [];
  return rules.filter((other) => other !== rule && differs(other) && covers(rule.name, other.name) && other.name !== rule.name);
}
