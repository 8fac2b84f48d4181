// Registers the guard (page's own world) and the relay (isolated world) in every page that is
// protected. The registration outlives background and browser restarts.
import { browser } from '../shared/browser.js';
import type { Pause } from '../shared/model.js';
import { opens } from './dnr.js';
import { complain } from './problems.js';
import { exceptions, type SiteRules } from './siterules.js';

declare const GUARD: boolean;
declare const RELAY: boolean;

type Script = chrome.scripting.RegisteredContentScript;

export const inBuild: boolean = typeof GUARD !== 'undefined' && GUARD;
const relayInBuild: boolean = typeof RELAY !== 'undefined' && RELAY;

let queue: Promise<void> = Promise.resolve();

/** Puts the registration in force that these policies ask for. */
export function install(rules: SiteRules, pause: Pause): Promise<void> {
  queue = queue.then(async () => {
    try {
      await replace(scripts(rules, pause, inBuild, relayInBuild));
    } catch (error) {
      complain('guard', error instanceof Error ? error.message : String(error));
    }
  });
  return queue;
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

/** The registration as data. Frames of a third party inside an allowed site ask the relay. */
export function scripts(rules: SiteRules, pause: Pause, guard: boolean, relay: boolean): Script[] {
  if (pause !== null) return [];
  const open = rules.filter((rule) => rule.policy === 'allow');
  const excluded = open.flatMap((rule) => patterns(rule.name, rule.scope));
  // Sites inside an allowed one that are not allowed themselves.
  const inside = open.flatMap((rule) => exceptions(rules, rule, (other) => !opens(other)));
  const kept = [...new Set(inside.flatMap((rule) => patterns(rule.name, rule.scope)))];
  const both = (suffix: string, part: Pick<Script, 'matches' | 'excludeMatches'>): Script[] => [
    ...(relay ? [script(`relay${suffix}`, 'relay.js', 'ISOLATED', part)] : []),
    ...(guard ? [script(`guard${suffix}`, 'guard.js', 'MAIN', part)] : []),
  ];
  return [
    ...both('', { matches: ['<all_urls>'], excludeMatches: [...new Set(excluded)] }),
    ...(kept.length > 0 ? both('-inside', { matches: kept, excludeMatches: [] }) : []),
  ];
}

function script(id: string, file: string, world: 'MAIN' | 'ISOLATED', part: Pick<Script, 'matches' | 'excludeMatches'>): Script {
  return {
    id,
    js: [file],
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
