// Registers the guard (page's own world) and the relay (isolated world) in every page that is
// protected. The registration outlives background and browser restarts.
import { browser, isFirefox } from '../shared/browser.js';
import type { AllowedModule, Pause, SiteRule } from '../shared/model.js';
import { boolean, list, object, string } from '../shared/read.js';
import { carrying, files as followedFiles, type Scriptlets } from '../shared/scriptlets.js';
import { exceptions, type SiteRules } from './siterules.js';

declare const GUARD: boolean;

type Script = chrome.scripting.RegisteredContentScript;

export const inBuild: boolean = typeof GUARD !== 'undefined' && GUARD;

let queue: Promise<void> = Promise.resolve();

/** Puts the registration in force that these policies ask for; rejects where the browser does not take it. */
export function install(rules: SiteRules, pause: Pause, allowed: readonly AllowedModule[], followed: Scriptlets | undefined, updated: boolean): Promise<void> {
  const done = queue.then(async () => replace(inBuild ? [...scripts(rules, pause, allowed, updated), ...scriptlets(rules, pause, await scriptletSites(), followed)] : []));
  queue = done.catch(() => undefined);
  return done;
}

async function replace(wanted: Script[]): Promise<void> {
  const present = await browser.scripting.getRegisteredContentScripts();
  const ids = new Set(present.map(({ id }) => id));
  const names = new Set(wanted.map(({ id }) => id));
  const surplus = [...ids].filter((id) => !names.has(id));
  if (surplus.length > 0) await browser.scripting.unregisterContentScripts({ ids: surplus });
  const known = wanted.filter(({ id }) => ids.has(id));
  const fresh = wanted.filter(({ id }) => !ids.has(id));
  // Chromium forgets `persistAcrossSessions` when an update does not repeat it; these are whole scripts.
  if (known.length > 0) await browser.scripting.updateContentScripts(known);
  if (fresh.length > 0) await browser.scripting.registerContentScripts(fresh);
}

/**
 * The registration as data. The guard itself goes everywhere but to allowed sites; what the relay
 * tells it depends on the site, so a small script is put before the relay where it is not the usual.
 */
export function scripts(rules: SiteRules, pause: Pause, allowed: readonly AllowedModule[] = [], updated = false): Script[] {
  if (pause !== null) return [];
  const all = { matches: ['<all_urls>'], excludeMatches: matching(rules.filter((rule) => rule.policy !== 'protect')) };
  const open = { matches: ['<all_urls>'], excludeMatches: matching(rules.filter((rule) => rule.policy === 'allow')) };
  // Frames ask for the policy of the page around them only where any site has one, and for signatures only
  // where there are others than the package's: in Firefox the question takes longer than all else.
  const some = rules.some((rule) => rule.policy !== 'protect') || allowed.length > 0;
  const relay = [...(some ? ['policy-sites.js'] : []), ...(updated ? ['updated-signatures.js'] : []), 'relay.js'];
  const registered: Script[] = [];
  // Tells the relay that it is worth asking which modules may run.
  const opened = [...new Set(allowed.map(({ site }) => site))];
  if (opened.length > 0) registered.push(script('allowed-modules', ['allowed-modules.js'], 'ISOLATED', { matches: opened.flatMap((site) => patterns(site, 'site')) }));
  registered.push(script('relay', relay, 'ISOLATED', all), script('guard', ['guard.js'], 'MAIN', open));
  // Sites with a policy of their own, and protected ones inside those.
  for (const [policy, told] of toldBy) {
    const own = rules.filter((rule) => rule.policy === policy && (policy !== 'protect' || isInside(rules, rule)));
    if (own.length === 0) continue;
    const part = { matches: matching(own), excludeMatches: matching(own.flatMap((rule) => exceptions(rules, rule, (other) => other.policy !== policy))) };
    registered.push(script(`relay-${policy}`, told === '' ? relay : [`policy-${told}.js`, ...relay], 'ISOLATED', part));
    // Allowed sites themselves have no guard; their frames inside other pages do.
    if (policy === 'allow') registered.push(script('guard-allow', ['guard-framed.js'], 'MAIN', part));
    else if (rules.some((rule) => rule.policy === 'allow')) registered.push(script(`guard-${policy}`, ['guard.js'], 'MAIN', part));
  }
  return registered;
}

/** For which pages the build made scripts of the lists' scriptlets: for hosts, and for all pages. */
export interface ScriptletSites {
  readonly hosts: readonly string[];
  readonly wide: boolean;
}

let sites: Promise<ScriptletSites> | null = null;

function scriptletSites(): Promise<ScriptletSites> {
  const read = object({ hosts: list(string(300), 100_000), wide: boolean });
  sites ??= fetch(browser.runtime.getURL('scriptlets.json')).then(
    async (response) => read(await response.json()),
    () => ({ hosts: [], wide: false }),
  );
  return sites;
}

/** The lists' scriptlets: where nothing is to be stopped they are not either. The script itself asks which are for its host. */
export function scriptlets(rules: SiteRules, pause: Pause, { hosts, wide }: ScriptletSites, followed?: Scriptlets): Script[] {
  if (pause !== null) return [];
  const open = (rule: SiteRule): boolean => rule.policy === 'allow' || rule.policy === 'monitor';
  const excludeMatches = matching(rules.filter(open));
  const registered: Script[] = [];
  if (hosts.length > 0) registered.push(script('scriptlets', ['scriptlets.js'], 'MAIN', { matches: hosts.flatMap((host) => patterns(host, 'site')), excludeMatches }));
  if (wide) registered.push(script('scriptlets-wide', ['scriptlets-wide.js'], 'MAIN', { matches: ['<all_urls>'], excludeMatches }));
  if (followed !== undefined && followed.calls !== '') {
    const part = { matches: followed.wide ? ['<all_urls>'] : followed.hosts.flatMap((host) => patterns(host, 'site')), excludeMatches };
    registered.push(script('scriptlets-followed', [followedFiles.run], 'MAIN', part), script('scriptlets-calls', [isFirefox ? carrying(followed.calls) : followedFiles.bring], 'ISOLATED', part));
  }
  // Protected sites inside those that are not.
  const inside = rules.filter((rule) => !open(rule) && rules.some((outer) => open(outer) && exceptions([rule], outer, () => true).length > 0));
  if (inside.length > 0) {
    const part = { matches: matching(inside), excludeMatches: matching(inside.flatMap((rule) => exceptions(rules, rule, open))) };
    registered.push(...registered.map((one) => ({ ...one, ...part, id: `${one.id}-inside` })));
  }
  return registered;
}

/** Site policy to what the guard is told; without JavaScript the guard is the second line only. */
const toldBy: readonly (readonly [SiteRule['policy'], '' | 'monitor' | 'strict' | 'allow'])[] = [
  ['protect', ''],
  ['allow', 'allow'],
  ['monitor', 'monitor'],
  ['strict', 'strict'],
  ['noscript', 'strict'],
];

function isInside(rules: SiteRules, rule: SiteRule): boolean {
  return rules.some((outer) => outer.policy !== 'protect' && exceptions([rule], outer, () => true).length > 0);
}

function matching(rules: SiteRules): string[] {
  return [...new Set(rules.flatMap((rule) => patterns(rule.name, rule.scope)))];
}

function script(id: string, files: string[], world: 'MAIN' | 'ISOLATED', part: Pick<Script, 'matches'> & Partial<Pick<Script, 'excludeMatches'>>): Script {
  return {
    id,
    js: files,
    world,
    ...part,
    allFrames: true,
    matchOriginAsFallback: true,
    runAt: 'document_start',
    persistAcrossSessions: true,
  };
}

/** Match patterns of a site: `*://*.name/*` covers the name itself too. */
export function patterns(name: string, scope: 'host' | 'site'): string[] {
  const address = name.startsWith('[') || /^[\d.]+$/u.test(name);
  return [scope === 'site' && !address ? `*://*.${name}/*` : `*://${name}/*`];
}
