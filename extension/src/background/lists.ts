// What the Lists page shows: every list with its age, what of it is in force, and what is not and why.
import { browser, isFirefox } from '../shared/browser.js';
import type { HeldInfo, LineProblem, ListInfo, ListsInfo } from '../shared/model.js';
import type { Held, Outcome } from './compile/work.js';
import * as engine from './engine.js';
import * as following from './following.js';
import { channel as channelOf, channelId, installer } from './inforce.js';
import type { Generation } from './installer.js';

let loading: Promise<unknown> | undefined;

/** The report that the build wrote. */
function report(): Promise<unknown> {
  loading ??= fetch(browser.runtime.getURL('rules/report.json')).then((response) => response.json() as Promise<unknown>).catch(() => ({}));
  return loading;
}

export async function get(): Promise<ListsInfo> {
  const [current, before, channel, { pulling }, { filters }] = await Promise.all([installer.current(), installer.madeBefore(), inChannel(), following.load(), engine.status()]);
  const outcomes = new Map(current?.outcomes.map((outcome) => [outcome.id, outcome]));
  const own = current === null || current.channel === null ? packaged(await report()) : ofChannel(current, channel?.updated ?? null);
  return { lists: [...own, ...(await followed(outcomes, pulling))], channel, filters, before };
}

async function inChannel(): Promise<ListsInfo['channel']> {
  if ((await channelOf()) === null) return null;
  const [current, known] = await Promise.all([installer.current(), following.pullingOf(channelId)]);
  return {
    version: current?.channel ?? null, updated: known.changed, ends: current?.channelEnds ?? null, checked: known.lastGood, nextPull: known.nextPull,
    lastError: known.error === '' ? null : known.error, errorDetail: known.errorDetail, held: known.held === null ? null : heldInfo(known.held),
  };
}

/** The lists that our channel brought: those in force that nobody follows. */
function ofChannel({ lists, outcomes }: Generation, changed: number | null): ListInfo[] {
  return outcomes
    .filter(({ id }) => !lists.some((entry) => entry.id === id))
    .map((outcome) => updated({ ...blank, id: outcome.id, title: outcome.title ?? outcome.id, updated: changed }, outcome));
}

const blank: ListInfo = {
  id: '', title: '', homepage: '', licence: '', enabled: true, bundled: true, entries: 0, inForce: 0, engineOnly: 0, refused: 0,
  updated: null, checked: null, nextPull: null, lastError: null, errorDetail: '', held: null, leftOut: 0, because: '', removable: false, url: '',
};

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
  const current = await installer.current();
  const found = await report();
  if ((current?.channel ?? null) === null) {
    const own = packaged(found).find((list) => list.id === id);
    if (own !== undefined) return packagedProblems(found, own.title);
  }
  return current?.outcomes.find((outcome) => outcome.id === id)?.troubles ?? [];
}

interface Told {
  readonly list: string;
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  readonly partly: boolean;
}

/** What a build report says about lines: those that are not understood, and those that this browser cannot do. */
function packagedProblems(found: unknown, title: string): readonly Told[] {
  const { problems, rules } = (found ?? {}) as { problems?: unknown; rules?: unknown };
  const ours = Array.isArray(rules) ? (rules as readonly { browser?: unknown; left_out?: unknown }[]).find((one) => one.browser === (isFirefox ? 'firefox' : 'chromium'))?.left_out : [];
  const told = [problems, isFirefox ? [] : ours].flatMap((list: unknown) => (Array.isArray(list) ? (list as readonly Partial<Told>[]) : []));
  return told
    .filter((one) => one.list === title && typeof one.line === 'number')
    .map(({ line, text, reason, partly }) => ({ list: title, line: Number(line), text: String(text), reason: String(reason), partly: partly === true }));
}

/** The lists that a build report names. */
export function packaged(found: unknown): readonly ListInfo[] {
  const lists = (found as { lists?: unknown } | null)?.lists;
  return Array.isArray(lists) ? lists.flatMap((entry: unknown) => infoOf(entry, found)) : [];
}

function infoOf(entry: unknown, report: unknown): ListInfo[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const found = entry as Record<string, unknown>;
  const text = (name: string): string => (typeof found[name] === 'string' ? found[name] : '');
  const number = (name: string): number => (typeof found[name] === 'number' ? found[name] : 0);
  const entries = number('filters');
  const refused = number('refused');
  const idle = new Set(packagedProblems(report, text('title')).filter(({ partly }) => !partly).map(({ line }) => line)).size;
  const engineOnly = Math.max(0, idle - refused);
  return [{ ...blank, id: text('id'), title: text('title'), homepage: text('homepage'), licence: text('licence'), entries, inForce: Math.max(0, entries - engineOnly), engineOnly, refused, updated: dated(text('version')) }];
}

/** Versions of our lists begin with their day, as in 2026112301. */
function dated(version: string): number | null {
  const found = /^(\d{4})(\d{2})(\d{2})/u.exec(version);
  const time = found === null ? Number.NaN : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  return Number.isNaN(time) ? null : time;
}
