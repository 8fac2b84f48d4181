// Events, policies and ends in plain words.
import { browser } from '../../shared/browser.js';
import { familyKey, familyName, familyWords, type FamilyWords } from '../../shared/families.js';
import { hostOf } from '../../shared/host.js';
import type { End, Pause, Policy, StopEvent } from '../../shared/model.js';
import { counted, soon, text } from './text.js';

let families: FamilyWords = {};

// Words of an update; until storage has answered, and where there are none, a family goes by its name.
export const familiesKnown: Promise<unknown> = browser.storage.local.get(familyKey).then(
  (stored) => (families = familyWords(stored[familyKey] ?? {})),
  () => undefined,
).catch(() => undefined);

export function familyWord(family: string): string {
  return familyName(families, family, browser.i18n.getUILanguage());
}

export function title(event: StopEvent): string {
  if (/captcha/i.test(event.family)) return text('event_captcha');
  if (event.family !== '') return text(event.outcome === 'watch' ? 'event_watched' : 'event_family', familyWord(event.family));
  const host = hostOf(event.url) || hostOf(event.frameUrl) || event.site;
  return text(`event_${event.subject}`, host);
}

/** How it was found, in one sentence. */
export function how(event: StopEvent): string {
  if (event.how === 'list') return event.list === undefined || event.list === '' ? text('how_list_unnamed') : text('how_list', event.list);
  if (event.how === 'behaviour') return text('how_behaviour');
  return text(event.subject === 'socket' ? 'how_messages' : 'how_content');
}

export function outcome(event: StopEvent): string {
  return text(`outcome_${event.outcome}`);
}

export function policyName(policy: Policy): string {
  return text(`policy_${policy}`);
}

export function endName(until: End): string {
  if (until === null) return text('until_always');
  return until === 'restart' ? text('until_restart') : text('until_time', soon(until));
}

export function pauseName(pause: Exclude<Pause, null>): string {
  if (pause === 'restart') return text('paused_restart');
  return pause === 'forever' ? text('paused_forever') : text('paused_until', soon(pause));
}

export function times(count: number): string {
  return counted('times', count);
}
