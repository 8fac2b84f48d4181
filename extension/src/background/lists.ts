// What the Lists page shows: every list with its age, what of it is in force, and what is not and why.
import { browser, isFirefox } from '../shared/browser.js';
import type { Checked, HeldInfo, LineProblem, ListInfo, ListsInfo } from '../shared/model.js';
import type { Held, Outcome, Trouble } from './compile/work.js';
import * as engine from './engine.js';
import * as following from './following.js';
import { channel as channelOf, channelId, installer, ownTitle } from './inforce.js';
import { ownId, type Generation } from './installer.js';

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
  return { lists: [...own, ...(await followed(outcomes, pulling)), ...written(outcomes.get(ownId), pulling[ownId])], channel, filters, before };
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
  id: '', title: '', homepage: '', licence: '', enabled: true, bundled: true, entries: 0, inForce: 0, notPossible: 0, refused: 0,
  updated: null, checked: null, nextPull: null, lastError: null, errorDetail: '', held: null, leftOut: 0, because: '', removable: false, own: false, url: '',
};

/** The person's own filters, as soon as there are any. */
function written(outcome: Outcome | undefined, known: following.Pulling = following.fresh): ListInfo[] {
  if (outcome === undefined && known.error === '') return [];
  return [updated({ ...blank, id: ownId, title: ownTitle(), bundled: false, own: true, updated: known.changed, lastError: known.error === '' ? null : known.error, errorDetail: known.errorDetail }, outcome)];
}

async function followed(outcomes: ReadonlyMap<string, Outcome>, pulling: Readonly<Record<string, following.Pulling>>): Promise<ListInfo[]> {
  return (await following.all()).map((one) => {
    const known = pulling[one.id] ?? following.fresh;
    const outcome = one.on ? outcomes.get(one.id) : undefined;
    const homepage = one.homepage === '' ? known.homepage : one.homepage;
    return updated(
      {
        id: one.id, title: one.title === '' ? known.title : one.title, homepage, licence: one.licence === '' ? known.licence : one.licence,
        enabled: one.on, bundled: false, entries: 0, inForce: 0, notPossible: 0, refused: 0,
        updated: known.changed, checked: known.lastGood, nextPull: one.on && one.url !== '' ? known.nextPull : null,
        lastError: known.error === '' ? null : known.error, errorDetail: known.errorDetail, held: known.held === null ? null : heldInfo(known.held),
        leftOut: one.on ? known.leftOut : 0, because: one.only?.because ?? '', removable: one.removable, own: false, url: one.url,
      },
      outcome,
    );
  });
}

/** In Firefox the engine applies everything; in Chromium only what became a rule is in force. */
function inForceOf({ filters, notInRules }: Outcome): number {
  return isFirefox ? filters : Math.max(0, filters - notInRules);
}

function updated(list: ListInfo, outcome: Outcome | undefined): ListInfo {
  if (outcome === undefined) return list;
  const { filters, refused } = outcome;
  const inForce = inForceOf(outcome);
  return { ...list, entries: filters, inForce, notPossible: filters - inForce, refused };
}

function heldInfo({ reason, before = 0, after = 0, host = '', filter = '' }: Held): HeldInfo {
  return { reason, before, after, host, filter };
}

/** Lines of a list that are not in force, and why. */
export async function problemsOf(id: string): Promise<{ problems: readonly LineProblem[]; more: number }> {
  const current = await installer.current();
  const found = await report();
  if ((current?.channel ?? null) === null) {
    const own = packaged(found).find((list) => list.id === id);
    if (own !== undefined) return { problems: packagedProblems(found, own.title), more: 0 };
  }
  const outcome = current?.outcomes.find((one) => one.id === id);
  return { problems: outcome?.troubles.map(told) ?? [], more: outcome?.more ?? 0 };
}

function told({ line, text, reason, partly = false }: Trouble): LineProblem {
  return { line, text, reason, partly };
}

/** What the My filters page shows of filters that are being written. */
export function checked(outcome: Outcome): Checked {
  return { inForce: inForceOf(outcome), problems: outcome.troubles.map(told) };
}

interface Told extends LineProblem {
  readonly list: string;
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
  const notPossible = Math.max(0, idle - refused);
  return [{ ...blank, id: text('id'), title: text('title'), homepage: text('homepage'), licence: text('licence'), entries, inForce: Math.max(0, entries - notPossible), notPossible, refused, updated: dated(text('version')) }];
}

/** Versions of our lists begin with their day, as in 2026112301. */
function dated(version: string): number | null {
  const found = /^(\d{4})(\d{2})(\d{2})/u.exec(version);
  const time = found === null ? Number.NaN : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  return Number.isNaN(time) ? null : time;
}
