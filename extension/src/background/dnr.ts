// Site policies as declarativeNetRequest rules. Pure: rules in, rules out; `rules.ts` installs them.
//
// Chromium's `topDomains` reaches every request of a site, also those of its workers. Firefox has no
// such condition, so there `allowAllRequests` opens the page and `initiatorDomains` its workers; that
// is only the floor, the engine in blocking webRequest decides exactly.
import * as allowedModules from '../shared/allowed.js';
import { askingHosts } from '../shared/consent.js';
import type { AllowedModule, Pause, SiteRule } from '../shared/model.js';
import * as scriptlets from '../shared/scriptlets.js';
import { exceptions, type SiteRules } from './siterules.js';

export type Rule = chrome.declarativeNetRequest.Rule;
type Condition = chrome.declarativeNetRequest.RuleCondition;
type Action = chrome.declarativeNetRequest.RuleAction;

/** Ids and priorities above this are ours; compiled filters stay below. */
export const floorOfSiteRules = 1_000_000;
const first = { sites: floorOfSiteRules + 1, banned: 1_700_000, asking: 1_800_000, modules: 1_800_001, calls: 1_890_000, pause: 1_900_000, lift: 1_900_001, late: 1_940_000, pass: 1_950_000 } as const;
const priorities = { lift: 900_000, asking: 950_000, banned: 960_000, site: 1_000_000, pass: 2_000_000, pause: 3_000_000, answers: 4_000_000 } as const;

const chromiumTypes = ['main_frame', 'sub_frame', 'stylesheet', 'script', 'image', 'font', 'object', 'xmlhttprequest', 'ping', 'csp_report', 'media', 'websocket', 'webtransport', 'webbundle', 'other'];
const firefoxTypes = ['main_frame', 'sub_frame', 'stylesheet', 'script', 'image', 'object', 'object_subrequest', 'xmlhttprequest', 'xslt', 'ping', 'beacon', 'xml_dtd', 'font', 'media', 'websocket', 'csp_report', 'imageset', 'web_manifest', 'speculative', 'json', 'other'];

/** As what the files of miners are loaded where no guard is. */
export const minerTypes: readonly string[] = ['script', 'xmlhttprequest', 'other'];

/** What documents get beside their own policies: neither WebAssembly nor `eval`, which no policy tells apart, nor workers; no script at all. */
export const strictPolicy = "worker-src 'none'; script-src * 'unsafe-inline' data: blob:";
export const scriptlessPolicy = "script-src 'none'; worker-src 'none'";

export interface Compiled {
  /** Kept by the browser over restarts. */
  readonly dynamic: readonly Rule[];
  /** Forgotten when the browser ends. */
  readonly session: readonly Rule[];
}

export interface Pass {
  readonly host: string;
  readonly tabId: number;
}

/** What decides beside the policies of sites. */
export interface Besides {
  readonly passes?: readonly Pass[];
  /** Tabs in which a host that is allowed alone was opened too late: `lateallow.ts`. */
  readonly late?: readonly Pass[];
  /** The engine decides (Firefox), so the compiled filters stand back. */
  readonly lifted?: boolean;
  readonly allowed?: readonly AllowedModule[];
  /** Services that ask first are not stopped by their address. */
  readonly hiddenOnly?: boolean;
  /** Addresses of miners that were found while they ran. */
  readonly banned?: readonly string[];
  /** Calls of scriptlets of followed lists, as JSON. */
  readonly calls?: string;
}

export function compile(rules: SiteRules, pause: Pause, firefox: boolean, { passes = [], late = [], lifted = false, allowed = [], hiddenOnly = false, banned = [], calls = '' }: Besides = {}): Compiled {
  const dynamic = new Rules(firefox);
  const session = new Rules(firefox);
  const lasting = rules.filter((rule) => rule.until !== 'restart');
  const passing = rules.filter((rule) => rule.until === 'restart');
  dynamic.sites(lasting, rules);
  session.sites(passing, rules);
  session.untabbed(rules);
  session.late(late, rules);
  if (pause !== null) (pause === 'restart' ? session : dynamic).everything(first.pause, priorities.pause);
  if (lifted) session.everything(first.lift, priorities.lift);
  session.pass(passes);
  dynamic.modules(allowed);
  if (calls !== '' && !firefox) dynamic.calls(calls);
  if (hiddenOnly) dynamic.asking();
  session.banned(banned);
  return { dynamic: dynamic.list, session: session.list };
}

export function opens(rule: SiteRule): boolean {
  return rule.policy === 'allow' || rule.policy === 'monitor';
}

class Rules {
  readonly list: Rule[] = [];
  #next = first.sites as number;

  constructor(private readonly firefox: boolean) {}

  sites(rules: SiteRules, all: SiteRules): void {
    const alone: Record<string, SiteRule[]> = {};
    for (const rule of rules) {
      if (rule.policy === 'protect') continue;
      const inside = exceptions(all, rule, (other) => kindOf(other) !== kindOf(rule));
      const isInside = all.some((other) => other !== rule && exceptions([rule], other, () => kindOf(other) !== kindOf(rule)).length > 0);
      if (inside.length > 0 || isInside || rule.scope === 'host') {
        this.#site([rule.name], rule, inside, priorities.site + 10 * rule.name.split('.').length + (rule.scope === 'host' ? 5 : 0));
      } else (alone[kindOf(rule)] ??= []).push(rule);
    }
    for (const group of Object.values(alone)) {
      const [example] = group;
      if (example !== undefined) this.#site(group.map((rule) => rule.name), example, [], priorities.site);
    }
  }

  #site(names: string[], rule: SiteRule, inside: SiteRules, priority: number): void {
    if (opens(rule)) {
      if (rule.scope === 'host') this.#openHost(rule.name, priority);
      else this.#openSites(names, inside.map((other) => other.name), priority);
    } else if (rule.policy === 'strict' || rule.policy === 'noscript') {
      const value = rule.policy === 'strict' ? strictPolicy : scriptlessPolicy;
      if (rule.scope === 'host') this.#hostHeader(rule, priority, value);
      else this.#siteHeader(names, rule, inside, priority, value);
    }
  }

  #openSites(names: string[], except: string[], priority: number): void {
    const page: Condition = { requestDomains: names, ...(except.length > 0 && { excludedRequestDomains: except }), resourceTypes: types(['main_frame']) };
    if (this.firefox) this.#add(priority, { type: 'allowAllRequests' }, page);
    else this.#add(priority, { type: 'allow' }, page);
    this.#add(priority, { type: 'allow' }, { ...this.#inside(names, except), resourceTypes: types(this.firefox ? firefoxTypes : chromiumTypes) });
  }

  /** Exactly one host: `topDomains` would reach its subdomains too. */
  #openHost(name: string, priority: number): void {
    for (const condition of exactly(name)) this.#add(priority, { type: 'allowAllRequests' }, { ...condition, resourceTypes: types(['main_frame']) });
    if (this.firefox) this.#add(priority, { type: 'allow' }, { initiatorDomains: [name], resourceTypes: types(firefoxTypes) });
  }

  /** Chromium: requests of shared and service workers of an allowed host belong to no tab. */
  untabbed(all: SiteRules): void {
    if (this.firefox) return;
    const names = all.filter((rule) => opens(rule) && rule.scope === 'host').map((rule) => rule.name);
    if (names.length > 0) this.#add(priorities.site, { type: 'allow' }, { initiatorDomains: names, tabIds: [-1], resourceTypes: types(chromiumTypes) });
  }

  /** Chromium: hosts in the tabs where `allowAllRequests` came too late. */
  late(passes: readonly Pass[], all: SiteRules): void {
    for (const [index, { host, tabId }] of passes.entries()) {
      if (!all.some((rule) => opens(rule) && rule.scope === 'host' && rule.name === host)) continue;
      this.list.push(rule(first.late + index, priorities.site, { type: 'allow' }, { topDomains: [host], tabIds: [tabId], resourceTypes: types(chromiumTypes) }));
    }
  }

  /**
   * Exactly one host. Firefox adds the policy to all its frames in webRequest, by the page around them.
   * Chromium cannot tell frames of this host's pages from those of its subdomains: its own frames get the
   * policy here, others are not loaded where no script may run, and are left to the guard elsewhere.
   */
  #hostHeader(rule: SiteRule, priority: number, value: string): void {
    const whole = !this.firefox && rule.policy === 'noscript' ? `${value}; frame-src 'self'` : value;
    for (const condition of exactly(rule.name)) {
      this.#add(priority, append(whole), { ...condition, resourceTypes: types(['main_frame']) });
      if (!this.firefox) this.#add(priority, append(value), { ...condition, initiatorDomains: [rule.name], resourceTypes: types(['sub_frame']) });
    }
  }

  #siteHeader(names: string[], rule: SiteRule, inside: SiteRules, priority: number, value: string): void {
    const sites = inside.filter((other) => other.scope === 'site').map((other) => other.name);
    const hosts = inside.filter((other) => other.scope === 'host').map((other) => other.name);
    this.#add(priority, append(value), { requestDomains: names, ...(sites.length > 0 && { excludedRequestDomains: sites }), resourceTypes: types(['main_frame']) });
    // A host alone cannot be excluded, as its subdomains would be too: what allows it stands above.
    for (const host of hosts) {
      for (const condition of exactly(host)) this.#add(priorities.site + 10 * host.split('.').length + 4, { type: 'allow' }, { ...condition, resourceTypes: types(['main_frame']) });
    }
    if (this.firefox) return;
    this.#add(priority, append(value), { ...this.#inside(names, [...sites, ...hosts]), resourceTypes: types(['sub_frame']) });
    if (rule.policy === 'noscript') this.#add(priority, { type: 'block' }, { ...this.#inside(names, [...sites, ...hosts]), resourceTypes: ['script'] });
  }

  /** Requests that pages of these sites make. */
  #inside(names: string[], except: string[]): Condition {
    if (this.firefox) return { initiatorDomains: names, ...(except.length > 0 && { excludedInitiatorDomains: except }) };
    return { topDomains: names, ...(except.length > 0 && { excludedTopDomains: except }) };
  }

  everything(id: number, priority: number): void {
    this.list.push(rule(id, priority, { type: 'allow' }, { resourceTypes: types(this.firefox ? firefoxTypes : chromiumTypes) }));
  }

  /** The way through to a stopped page: the page itself, in its tab; miners in it stay stopped. */
  pass(passes: readonly Pass[]): void {
    for (const [index, { host, tabId }] of passes.entries()) {
      this.list.push(rule(first.pass + index, priorities.pass, { type: 'allow' }, { requestDomains: [host], tabIds: [tabId], resourceTypes: types(['main_frame']) }));
    }
  }

  /** Miners that were found where no guard is. */
  banned(urls: readonly string[]): void {
    for (const [index, url] of urls.entries()) {
      this.list.push(rule(first.banned + index, priorities.banned, { type: 'block' }, { urlFilter: `|${url}|`, resourceTypes: types(minerTypes) }));
    }
  }

  /** Services that ask first are not stopped by their address: `shared/consent.ts`. */
  asking(): void {
    this.list.push(rule(first.asking, priorities.asking, { type: 'allow' }, { requestDomains: [...askingHosts], resourceTypes: types(this.firefox ? firefoxTypes : chromiumTypes) }));
  }

  /** By these the relay of a frame learns at once which modules may run in it: `shared/allowed.ts`. */
  modules(allowed: readonly AllowedModule[]): void {
    for (const [index, site] of [...new Set(allowed.map((one) => one.site))].entries()) {
      this.#answer(first.modules + index, allowedModules.answerOf(allowed.filter((one) => one.site === site).map((one) => one.content)), { initiatorDomains: [site] });
    }
  }

  /** By this the scripts in pages learn at once what followed lists ask of them: `shared/scriptlets.ts`. */
  calls(calls: string): void {
    this.#answer(first.calls, scriptlets.answerOf(calls));
  }

  /** Answers a question of our scripts in pages: `shared/answers.ts`. */
  #answer(id: number, { from, to }: { readonly from: string; readonly to: string }, where: Condition = {}): void {
    this.list.push(rule(id, priorities.answers, { type: 'redirect', redirect: { extensionPath: to } } as Action, { urlFilter: `|${from}|`, ...where, resourceTypes: types(['xmlhttprequest']) }));
  }

  #add(priority: number, action: Action | { type: string }, condition: Condition | { resourceTypes: string[] }): void {
    this.list.push(rule(this.#next, priority, action, condition));
    this.#next += 1;
  }
}

/** One host and no subdomain of it. */
function exactly(name: string): Condition[] {
  return ['http', 'https'].map((scheme) => ({ urlFilter: `|${scheme}://${name}^`, requestDomains: [name] }));
}

function append(value: string): Action {
  return { type: 'modifyHeaders', responseHeaders: [{ header: 'content-security-policy', operation: 'append', value }] };
}

function kindOf(rule: SiteRule): string {
  return opens(rule) ? 'open' : rule.policy;
}

function rule(id: number, priority: number, action: Action | { type: string }, condition: object): Rule {
  return { id, priority, action: action as Action, condition: condition as Condition };
}

function types(names: readonly string[]): `${chrome.declarativeNetRequest.ResourceType}`[] {
  return names as `${chrome.declarativeNetRequest.ResourceType}`[];
}
