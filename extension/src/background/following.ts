// Which lists are followed and what is known about each: the packaged subscriptions, those that a
// person added, and when which was pulled with what result.
import { browser } from '../shared/browser.js';
import { boolean, clipped, integer, list, object, oneOf, optional, record, salvaged, string, withDefault, type Reader } from '../shared/read.js';
import { local } from './area.js';
import type { Held, Trim } from './compile/work.js';
import { complain } from './problems.js';
import { Cell } from './store.js';

export interface Subscription {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly mirrors: readonly string[];
  readonly format: 'filters' | 'hosts' | 'domains';
  readonly licence: string;
  readonly homepage: string;
  readonly enabled: boolean;
  /** Hours between pulls where the list names none. */
  readonly expires: number;
  readonly only?: Trim & { readonly because: string };
}
/** A list that a person added; one from a file has no address and is never pulled. */
export interface Added {
  readonly id: string;
  readonly title: string;
  readonly url: string;
}
export interface Pulling {
  readonly etag: string;
  readonly lastModified: string;
  readonly diffPath: string;
  /** What the list is called by itself, where it says so. */
  readonly title: string;
  readonly homepage: string;
  readonly licence: string;
  readonly expiresHours: number;
  /** Of differences; 0 where the list says nothing of it. */
  readonly diffExpiresHours: number;
  readonly lastTry: number | null;
  readonly lastGood: number | null;
  /** When its text last changed here. */
  readonly changed: number | null;
  readonly lastWhole: number | null;
  readonly nextPull: number | null;
  readonly failures: number;
  readonly error: string;
  readonly errorDetail: string;
  readonly leftOut: number;
  readonly held: Held | null;
  /** Bytes of the last pull that brought something. */
  readonly bytes: number;
}
export interface Following {
  readonly added: readonly Added[];
  /** The person's choice where it differs from the standard. */
  readonly enabled: Readonly<Record<string, boolean>>;
  readonly pulling: Readonly<Record<string, Pulling>>;
  /** Newest version of our channel that was ever installed; it never goes back. */
  readonly newest: number | null;
}

export const fresh: Pulling = {
  etag: '', lastModified: '', diffPath: '', title: '', homepage: '', licence: '', expiresHours: 0, diffExpiresHours: 0, lastTry: null, lastGood: null,
  changed: null, lastWhole: null, nextPull: null, failures: 0, error: '', errorDetail: '', leftOut: 0, held: null, bytes: 0,
};

const time: Reader<number | null> = (value, place) => (value === null || value === undefined ? null : integer(0, 8_640_000_000_000_000)(value, place));
const nullable = <T>(reader: Reader<T>): Reader<T | null> => (value, place) => (value === null || value === undefined ? null : reader(value, place));
const id = string(80, 1);
const number = integer(0);

const held: Reader<Held> = object({ reason: string(40), words: clipped(500), before: optional(number), after: optional(number), host: optional(clipped(300)), filter: optional(clipped(500)), hosts: optional(number) });
const pulling: Reader<Pulling> = object({
  etag: clipped(500), lastModified: clipped(200), diffPath: clipped(500), title: clipped(300), homepage: clipped(500), licence: clipped(300),
  expiresHours: number, diffExpiresHours: withDefault(number, 0), lastTry: time, lastGood: time, changed: time, lastWhole: time, nextPull: time, failures: number,
  error: clipped(40), errorDetail: clipped(500), leftOut: number, held: nullable(held), bytes: number,
});
export const mostAdded = 100;
const added: Reader<Added> = object({ id, title: string(300), url: string(2_000) });
const rest = { enabled: record(boolean, 1_000), pulling: record(pulling, 1_000), newest: nullable(integer(0)) };
const following: Reader<Following> = object({ added: list(added, mostAdded), ...rest });

const cell = new Cell<Following>(
  {
    key: 'following',
    version: 1,
    read: following,
    salvage: (value, refused) =>
      object({
        added: (entries: unknown) => salvaged(added, mostAdded, refused)(Array.isArray(entries) ? entries : []),
        enabled: orEmpty(rest.enabled, refused),
        pulling: orEmpty(rest.pulling, refused),
        newest: rest.newest,
      })(value),
    standard: () => ({ added: [], enabled: {}, pulling: {}, newest: null }),
  },
  local,
  complain,
);

function orEmpty<T>(reader: Reader<Readonly<Record<string, T>>>, refused: (reason: string) => void): Reader<Readonly<Record<string, T>>> {
  return (value, place) => {
    try {
      return reader(value, place);
    } catch (error) {
      refused(String(error));
      return {};
    }
  };
}

const texts = list(string(2_000), 1_000);
const subscriptions = object({
  subscriptions: list(
    object({
      id, title: string(300), url: string(2_000), mirrors: texts, format: oneOf('filters', 'hosts', 'domains'), licence: string(300), homepage: string(2_000),
      enabled: boolean, expires: number,
      only: optional(object({ section: withDefault(string(500), ''), until: withDefault(string(500), ''), keep: texts, drop: texts, because: withDefault(string(2_000), '') })),
    }),
    1_000,
  ),
});

let packaged: Promise<readonly Subscription[]> | undefined;

/** The public lists of this package. */
export function offered(): Promise<readonly Subscription[]> {
  packaged ??= fetch(browser.runtime.getURL('rules/subscriptions.json'))
    .then(async (response) => subscriptions(await response.json()).subscriptions)
    .catch((error: unknown) => {
      complain('subscriptions', error instanceof Error ? error.message : String(error));
      return [];
    });
  return packaged;
}

export function load(): Promise<Following> {
  return cell.load();
}

export function change(act: (now: Following) => Following): Promise<void> {
  return cell.change(act);
}

export async function pullingOf(list: string): Promise<Pulling> {
  return (await load()).pulling[list] ?? fresh;
}

export function setPulling(list: string, part: Partial<Pulling>): Promise<void> {
  return change((now) => ({ ...now, pulling: { ...now.pulling, [list]: { ...(now.pulling[list] ?? fresh), ...part } } }));
}

/** A list as it is followed, wherever it comes from. */
export interface Followed extends Subscription {
  readonly on: boolean;
  readonly removable: boolean;
}

/** All lists, in a fixed order: packaged ones first. */
export async function all(): Promise<readonly Followed[]> {
  const now = await load();
  const own = now.added.map(({ id: name, title, url }): Subscription => ({ id: name, title, url, mirrors: [], format: 'filters', licence: '', homepage: '', enabled: true, expires: 96 }));
  return [
    ...(await offered()).map((one) => ({ ...one, removable: false })),
    ...own.map((one) => ({ ...one, removable: true })),
  ].map((one) => ({ ...one, on: now.enabled[one.id] ?? one.enabled }));
}
