// What the Lists page shows: every list with its age, what of it is in force, and what is not and why.
import { browser, isFirefox } from '../shared/browser.js';
import type { HeldInfo, LineProblem, ListInfo, ListsInfo } from '../shared/model.js';
import type { Held, Outcome } from './compile/work.js';
import * as engine from './engine.js';
import * as following from './following.js';
import * as updates from './updates.js';

let loading: Promise<unknown> | undefined;

/** The report that the build wrote. */
function report(): Promise<unknown> {
  loading ??= fetch(browser.runtime.getURL('rules/report.json')).then((response) => response.json() as Promise<unknown>).catch(() => ({}));
  return loading;
}

export async function get(): Promise<ListsInfo> {
  const [current, previous, channel, { pulling }, { filters }] = await Promise.all([
    updates.installer.current(), updates.installer.previous(), updates.channel(), following.load(), engine.status(),
  ]);
  const outcomes = new Map(current?.outcomes.map((outcome) => [outcome.id, outcome]));
  const ours = pulling[updates.channelId];
  return {
    lists: [...fromReport(await report()).map((list) => updated(list, outcomes.get(list.id))), ...(await followed(outcomes, pulling))],
    channel: channel === null ? null : {
      version: current?.channel ?? null, updated: ours?.changed ?? null, checked: ours?.lastGood ?? null, nextPull: ours?.nextPull ?? null,
      lastError: ours === undefined || ours.error === '' ? null : ours.error, errorDetail: ours?.errorDetail ?? '',
    },
    filters,
    before: previous?.made ?? null,
  };
}

async function followed(outcomes: ReadonlyMap<string, Outcome>, pulling: Readonly<Record<string, following.Pulling>>): Promise<ListInfo[]> {
  return (await following.all()).map((one) => {
    const known = pulling[one.id] ?? following.fresh;
    const outcome = one.on ? outcomes.get(one.id) : undefined;
    const homepage = one.homepage === '' ? known.homepage : one.homepage;
    return updated(
      {
        id: one.id, title: one.title === '' ? known.title : one.title, homepage, licence: one.licence === '' ? known.licence : one.licence,
        enabled: one.on, bundled: false, entries: 0, inForce: 0, engineOnly: 0, refused: 0,
        updated: known.changed, checked: known.lastGood, nextPull: one.on && one.url !== '' ? known.nextPull : null,
        lastError: known.error === '' ? null : known.error, errorDetail: known.errorDetail, held: known.held === null ? null : heldInfo(known.held),
        leftOut: one.on ? known.leftOut : 0, because: one.only?.because ?? '', removable: one.removable, url: one.url,
      },
      outcome,
    );
  });
}

/** In Firefox the engine applies everything; in Chromium only what became a rule is in force. */
function updated(list: ListInfo, outcome: Outcome | undefined): ListInfo {
  if (outcome === undefined) return list;
  const { filters, refused, notInRules } = outcome;
  const engineOnly = Math.min(notInRules, filters);
  return { ...list, entries: filters, inForce: isFirefox ? filters : filters - engineOnly, engineOnly: isFirefox ? 0 : engineOnly, refused };
}

function heldInfo({ reason, before = 0, after = 0, host = '', filter = '' }: Held): HeldInfo {
  return { reason, before, after, host, filter };
}

/** Lines of a list that are not in force, and why. */
export async function problemsOf(id: string): Promise<readonly LineProblem[]> {
  const current = await updates.installer.current();
  if (current !== null) return current.outcomes.find((outcome) => outcome.id === id)?.troubles ?? [];
  const found = (await report()) as { problems?: unknown };
  const title = fromReport(found).find((list) => list.id === id)?.title;
  const troubles = Array.isArray(found.problems) ? (found.problems as { list?: unknown; line?: unknown; text?: unknown; reason?: unknown }[]) : [];
  return troubles.filter((one) => one.list === title && typeof one.line === 'number').map((one) => ({ line: Number(one.line), text: String(one.text), reason: String(one.reason) }));
}

/** The lists that a build report names. */
export function fromReport(found: unknown): readonly ListInfo[] {
  const lists = (found as { lists?: unknown } | null)?.lists;
  return Array.isArray(lists) ? lists.flatMap((entry: unknown) => infoOf(entry)) : [];
}

function infoOf(entry: unknown): ListInfo[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const found = entry as Record<string, unknown>;
  const text = (name: string): string => (typeof found[name] === 'string' ? found[name] : '');
  const number = (name: string): number => (typeof found[name] === 'number' ? found[name] : 0);
  const entries = number('filters');
  const engineOnly = number('engine_only');
  return [
    {
      id: text('id'), title: text('title'), homepage: text('homepage'), licence: text('licence'), enabled: true, bundled: true,
      entries, inForce: Math.max(0, entries - engineOnly), engineOnly, refused: number('refused'),
      updated: null, checked: null, nextPull: null, lastError: null, errorDetail: '', held: null, leftOut: 0, because: '', removable: false, url: '',
    },
  ];
}
