// Keeps lists current: pulls what is due, has it looked at, and installs what changed, all of it in one
// go. One thing is done after the other, whoever asks for it.
import { browser, isFirefox } from '../shared/browser.js';
import { boolean, list as listOf, object, string } from '../shared/read.js';
import type { ChannelSettings } from './channel.js';
import { news } from './channel.js';
import { compiler } from './compiler.js';
import type { Held, Prepared, Syntax, Text, Trouble } from './compile/work.js';
import * as engine from './engine.js';
import * as families from './families.js';
import * as following from './following.js';
import { Installer, type Generation, type Wanted } from './installer.js';
import { net } from './listrules.js';
import { complain } from './problems.js';
import { bounds, mayFetch, pull, PullError, type Means } from './pull.js';
import * as schedule from './schedule.js';
import { IndexedShelf } from './shelf.js';
import * as signatures from './signatures.js';

const alarm = 'lists';
/** The person's own filters, as a list. */
export const ownId = 'own';
/** Our channel, where it is spoken of as a list. */
export const channelId = 'channel';
/** How long the channel's news may wait, in hours. */
const channelHours = 24;
const which = isFirefox ? 'firefox' : 'chromium';

export const shelf = new IndexedShelf();
export const installer = new Installer(shelf, compiler, net, {
  browser: which,
  version: browser.runtime.getManifest().version,
  packaged: packagedTexts,
  counts: async (generation) => {
    const bytes = generation === null ? null : await installer.engine();
    await engine.use(bytes);
    await takeFromChannel();
  },
  now: Date.now,
});

let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const done = queue.then(act);
  queue = done.catch(() => undefined);
  return done;
}

const reportShape = object({ lists: listOf(object({ id: string(80), title: string(300) }), 100) });

async function packagedTexts(): Promise<readonly Text[]> {
  const read = (path: string): Promise<Response> => fetch(browser.runtime.getURL(`rules/${path}`));
  const { lists } = reportShape(await (await read('report.json')).json());
  return Promise.all(lists.map(async ({ id, title }) => ({ id, title, text: await (await read(`lists/${id}.txt`)).text(), syntax: null })));
}

let settings: Promise<ChannelSettings | null> | undefined;
const settingsShape = object({ url: string(2_000), keys: listOf(string(2_000, 1), 8) });

/** The channel of this build; null: none. */
export function channel(): Promise<ChannelSettings | null> {
  settings ??= fetch(browser.runtime.getURL('channel.json'))
    .then(async (response) => settingsShape(await response.json()))
    .then((found) => (found.url === '' || found.keys.length === 0 ? null : found))
    .catch(() => null);
  return settings;
}

export function start(): void {
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === alarm) void due().catch(report);
  });
  // The alarm of a moment without a connection comes late; this comes at once.
  globalThis.addEventListener?.('online', () => void due().catch(report));
}

function report(error: unknown): void {
  complain('lists', error instanceof Error ? error.message : String(error));
}

/** At every start of the background; `thorough` when the browser or this version starts anew. */
export function begin(thorough: boolean): Promise<void> {
  return inTurn(async () => {
    if (await installer.recover(thorough)) complain('lists', 'an installation of lists was cut off; the last good state is in force');
    const current = await installer.current();
    // A build without a channel goes back to its package.
    const orphaned = current !== null && current.channel !== null && (await channel()) === null;
    if (thorough && current !== null && (orphaned || current.packageVersion !== browser.runtime.getManifest().version)) {
      await installer.install({ texts: new Map(), order: await order(), ...(orphaned && { channel: null }) });
    }
    if (thorough) await restoreMissing();
    await takeFromChannel();
    await plan();
  });
}

/** Signatures and words of the channel's version that counts; those of the package where there is none. */
async function takeFromChannel(): Promise<void> {
  const files = (await installer.channelFiles())?.files;
  await signatures.use(files?.['signatures.bin'] ?? null);
  await families.use(files?.['families.json'] ?? null);
}

/** Lists that are followed but not among those in force (the store was edited, or lost) come again. */
async function restoreMissing(): Promise<void> {
  const there = new Set((await installer.current())?.lists.map(({ id }) => id));
  const texts = new Map<string, Omit<Text, 'id'>>();
  for (const one of await following.all()) {
    const known = await following.pullingOf(one.id);
    if (!one.on || there.has(one.id) || known.held !== null) continue;
    const file = one.url === '' ? await shelf.get(`file:${one.id}`) : undefined;
    if (typeof file === 'string') texts.set(one.id, { title: one.title, text: file, syntax: null });
    else if (known.lastGood !== null) await following.setPulling(one.id, { nextPull: null });
  }
  const own = await ownText();
  if (own.trim() !== '' && !there.has(ownId)) texts.set(ownId, { title: browser.i18n.getMessage('own_title'), text: own, syntax: 'adblock' });
  if (texts.size > 0) await installing(texts, undefined, []);
}

/** Compiles the lists in force anew: what was made of them was damaged. */
export function rebuild(): Promise<void> {
  return inTurn(async () => {
    if ((await installer.current()) !== null) await installer.install({ texts: new Map(), order: await order() });
  });
}

/** Sets the alarm for what is due next. */
async function plan(): Promise<void> {
  const now = Date.now();
  const times: number[] = [];
  for (const { id, nextPull } of await pulled()) {
    let next = nextPull;
    if (next === null || !schedule.sensible(next, now)) {
      next = schedule.first(now, Math.random());
      await following.setPulling(id, { nextPull: next });
    }
    times.push(next);
  }
  await browser.alarms.clear(alarm);
  if (times.length > 0) await browser.alarms.create(alarm, { when: Math.max(Math.min(...times), now + 30_000) });
}

/** Everything that is pulled, with when. */
async function pulled(): Promise<{ id: string; nextPull: number | null }[]> {
  const { pulling } = await following.load();
  const ids = (await following.all()).filter((one) => one.on && one.url !== '').map((one) => one.id);
  if ((await channel()) !== null) ids.push(channelId);
  return ids.map((id) => ({ id, nextPull: pulling[id]?.nextPull ?? null }));
}

async function order(): Promise<string[]> {
  return [...(await following.all()).map(({ id }) => id), ownId];
}

/** Pulls what is due. */
export function due(): Promise<void> {
  return inTurn(async () => {
    const now = Date.now();
    const ids = (await pulled()).filter(({ nextPull }) => nextPull !== null && nextPull <= now).map(({ id }) => id);
    if (ids.length > 0) await pullNow(ids, true);
    await plan();
  });
}

/** Pulls one list, or all of them, whether due or not. */
export function pullByHand(id: string | null): Promise<void> {
  return inTurn(async () => {
    const ids = id === null ? (await pulled()).map((one) => one.id) : [id];
    await pullNow(ids, false);
    await plan();
  });
}

interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
}
function metered(): boolean {
  const { connection } = navigator as { connection?: Connection };
  return connection?.saveData === true || connection?.type === 'cellular';
}

async function pullNow(ids: readonly string[], byAlarm: boolean): Promise<void> {
  const texts = new Map<string, Omit<Text, 'id'> | null>();
  const after: (() => Promise<void>)[] = [];
  let fromChannel: Wanted['channel'];
  for (const one of await following.all()) {
    if (!ids.includes(one.id) || one.url === '') continue;
    const found = await attempt(one.id, byAlarm, () => pullOne(one, byAlarm));
    if (found === null) continue;
    if (found.text !== null) texts.set(one.id, found.text);
    after.push(found.after);
  }
  if (ids.includes(channelId)) {
    const found = await attempt(channelId, byAlarm, pullChannel);
    if (found !== null) {
      fromChannel = found.channel;
      after.push(found.after);
    }
  }
  if (texts.size > 0 || fromChannel !== undefined) await installing(texts, fromChannel, [...texts.keys(), ...(fromChannel === undefined ? [] : [channelId])]);
  for (const act of after) await act();
}

/** Installs; a failure is told with each of the lists that it concerns. */
async function installing(texts: Wanted['texts'], fromChannel: Wanted['channel'], ids: readonly string[]): Promise<Generation> {
  try {
    return await installer.install({ texts, order: await order(), ...(fromChannel !== undefined && { channel: fromChannel }) });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    for (const id of ids) await failed(id, 'install', words);
    throw error;
  }
}

/** One pull with everything that is noted about it; null where it brought nothing. */
async function attempt<T>(id: string, byAlarm: boolean, act: () => Promise<T | null>): Promise<T | null> {
  const now = Date.now();
  if (byAlarm && navigator.onLine === false) {
    await following.setPulling(id, { error: 'offline', errorDetail: '', nextPull: schedule.afterFailure(now, 1, Math.random()) });
    return null;
  }
  await following.setPulling(id, { lastTry: now });
  try {
    return await act();
  } catch (error) {
    await (error instanceof PullError ? failed(id, error.code, error.detail) : failed(id, 'refused', error instanceof Error ? error.message : String(error)));
    return null;
  }
}

async function failed(id: string, error: string, errorDetail: string): Promise<void> {
  const { failures } = await following.pullingOf(id);
  await following.setPulling(id, { error, errorDetail, failures: failures + 1, nextPull: schedule.afterFailure(Date.now(), failures + 1, Math.random()) });
}

const means: Means = {
  fetch: (url, init) => fetch(url, init),
  patch: (text, patch, name) => compiler.patch(text, patch, name),
  diffPath: (text) => /^[!#] *Diff-Path: *(\S+)/imu.exec(text.slice(0, 20_000))?.[1] ?? '',
};

const syntaxes: Readonly<Record<following.Subscription['format'], Syntax | null>> = { filters: null, hosts: 'hosts', domains: 'domains' };

interface Found {
  /** Null: nothing to install. */
  readonly text: Omit<Text, 'id'> | null;
  /** Notes the success; only after the installation. */
  readonly after: () => Promise<void>;
}

async function pullOne(one: following.Followed, byAlarm: boolean): Promise<Found> {
  const known = await following.pullingOf(one.id);
  const entry = (await installer.current())?.lists.find(({ id }) => id === one.id);
  const raw = await shelf.get(`raw:${one.id}`);
  const has = entry !== undefined || known.held !== null;
  const now = Date.now();
  const hours = known.expiresHours === 0 ? one.expires : known.expiresHours;
  const answer = await pull(
    {
      urls: [one.url, ...one.mirrors], etag: has ? known.etag : '', lastModified: has ? known.lastModified : '',
      // Without the text as published a conditional request still makes sense, a difference does not.
      text: typeof raw === 'string' ? raw : has ? '\n' : '', diffPath: typeof raw === 'string' ? known.diffPath : '',
      whole: !byAlarm || schedule.wholeDue(now, known.lastWhole, hours),
    },
    means,
  );
  const next = (expires: number, differences: boolean): number => schedule.afterSuccess(Date.now(), expires === 0 ? one.expires : expires, differences, metered(), Math.random());
  const good: Partial<following.Pulling> = { lastGood: now, failures: 0, error: '', errorDetail: '', ...(answer.how !== 'patch' && answer.bytes + Number(answer.text === null) > 0 && { lastWhole: now }) };
  if (answer.text === null) return { text: null, after: () => following.setPulling(one.id, { ...good, nextPull: next(known.expiresHours, known.diffPath !== '') }) };
  const before = (await installer.current())?.outcomes.find(({ id }) => id === one.id)?.filters ?? null;
  const list = { title: one.title, text: answer.text, syntax: syntaxes[one.format] };
  const prepared = await compiler.prepare(list, one.only ?? null, before, which);
  const said = told(prepared);
  const text = { ...list, title: one.title === '' ? said.title : one.title, text: prepared.text };
  const rawText = answer.text;
  const remembered: Partial<following.Pulling> = {
    ...good, ...said, etag: answer.etag, lastModified: answer.lastModified, leftOut: prepared.leftOut, bytes: answer.bytes,
    nextPull: next(prepared.expiresHours ?? 0, prepared.diffPath !== ''),
  };
  const keepRaw = (): Promise<void> => (prepared.diffPath === '' ? shelf.change(new Map(), [`raw:${one.id}`]) : shelf.change(new Map([[`raw:${one.id}`, rawText]])));
  if (prepared.held !== null) {
    const { held } = prepared;
    await shelf.change(new Map([[`held:${one.id}`, text]]));
    return { text: null, after: async () => (await keepRaw(), following.setPulling(one.id, { ...remembered, held })) };
  }
  return { text, after: async () => (await keepRaw(), following.setPulling(one.id, { ...remembered, held: null, changed: now })) };
}

function told(prepared: Prepared): Pick<following.Pulling, 'title' | 'homepage' | 'licence' | 'expiresHours' | 'diffPath'> {
  return { title: prepared.title, homepage: prepared.homepage, licence: prepared.licence, expiresHours: prepared.expiresHours ?? 0, diffPath: prepared.diffPath };
}

async function pullChannel(): Promise<{ channel: Wanted['channel']; after: () => Promise<void> } | null> {
  const found = await channel();
  if (found === null) return null;
  const [known, { newest: noted }] = await Promise.all([following.pullingOf(channelId), following.load()]);
  const installed = await installer.channelFiles();
  // A version that was installed counts even where the note of it was lost.
  const newest = noted === null && installed === null ? null : Math.max(noted ?? 0, installed?.version ?? 0);
  const fresh = await news(found, { installed, newest, etag: installed === null ? '' : known.etag }, { fetch: means.fetch, work: compiler, now: Date.now });
  const now = Date.now();
  const good: Partial<following.Pulling> = { lastGood: now, failures: 0, error: '', errorDetail: '', nextPull: schedule.afterSuccess(now, channelHours, false, metered(), Math.random()) };
  if (fresh.version === null) {
    await following.setPulling(channelId, { ...good, etag: fresh.etag });
    return null;
  }
  const held = await gateChannel(fresh.files);
  if (held !== null) throw new PullError('refused', held.words);
  return {
    channel: { version: fresh.version, files: fresh.files },
    after: async () => {
      await following.change((all) => ({ ...all, newest: Math.max(all.newest ?? 0, fresh.version) }));
      await following.setPulling(channelId, { ...good, etag: fresh.etag, changed: now, bytes: fresh.bytes });
    },
  };
}

/** Our own lists are looked at like any other. */
async function gateChannel(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Promise<Held | null> {
  for (const [name, bytes] of Object.entries(files)) {
    if (!name.endsWith('.txt')) continue;
    const { held } = await compiler.prepare({ title: name, text: new TextDecoder().decode(bytes), syntax: null }, null, null, which);
    if (held !== null) return held;
  }
  return null;
}

/** Brings what was held back into force, because a person says so. */
export function accept(id: string): Promise<void> {
  return inTurn(async () => {
    const text = heldShape(await shelf.get(`held:${id}`));
    await installing(new Map([[id, text]]), undefined, [id]);
    await following.setPulling(id, { held: null, changed: Date.now() });
    await shelf.change(new Map(), [`held:${id}`]);
  });
}

const heldShape = (value: unknown): Omit<Text, 'id'> => {
  const found = object({ title: string(300), text: string(bounds.list) })(value);
  const { syntax } = value as { syntax?: unknown };
  return { ...found, syntax: syntax === 'hosts' || syntax === 'domains' || syntax === 'adblock' ? syntax : null };
};

export function enable(id: string, on: boolean): Promise<void> {
  return inTurn(async () => {
    const one = (await following.all()).find((other) => other.id === id);
    if (one === undefined) throw new Error('there is no such list');
    await following.change((all) => ({ ...all, enabled: { ...all.enabled, [id]: boolean(on) } }));
    if (on) {
      if (one.url !== '') await pullNow([id], false);
      else {
        const text = await shelf.get(`file:${id}`);
        if (typeof text === 'string') await installing(new Map([[id, { title: one.title, text, syntax: null }]]), undefined, [id]);
      }
    } else {
      await takeOut(id);
    }
    await plan();
  });
}

async function takeOut(id: string): Promise<void> {
  const there = (await installer.current())?.lists.some((entry) => entry.id === id) === true;
  if (there) await installing(new Map([[id, null]]), undefined, [id]);
  await shelf.change(new Map(), [`held:${id}`, `raw:${id}`]);
  await following.setPulling(id, { held: null, etag: '', lastModified: '', diffPath: '', error: '', errorDetail: '', failures: 0, nextPull: null, lastWhole: null });
}

/** Adds a list by its address. It is there even if the first pull fails, with the reason. */
export function add(url: string, title: string): Promise<{ id: string }> {
  return inTurn(async () => {
    const address = URL.parse(url);
    if (address === null || !mayFetch(address.href)) throw new Error('address');
    address.hash = '';
    const same = (await following.all()).find((one) => one.url === address.href || one.mirrors.includes(address.href));
    const id = same?.id ?? (await enter(title === '' ? `${address.hostname}${address.pathname}` : title, address.href));
    if (same !== undefined) await following.change((all) => ({ ...all, enabled: { ...all.enabled, [id]: true } }));
    await pullNow([id], false);
    await plan();
    return { id };
  });
}

/** Adds a list from a file. */
export function addText(title: string, text: string): Promise<{ id: string }> {
  return inTurn(async () => {
    const { held } = await compiler.prepare({ title, text, syntax: null }, null, null, which);
    if (held?.reason === 'empty') throw new Error(held.words);
    const id = await enter(title, '');
    await shelf.change(new Map([[`file:${id}`, text]]));
    await following.setPulling(id, { changed: Date.now(), held });
    if (held === null) await installing(new Map([[id, { title, text, syntax: null }]]), undefined, [id]);
    else await shelf.change(new Map([[`held:${id}`, { title, text, syntax: null }]]));
    return { id };
  });
}

async function enter(title: string, url: string): Promise<string> {
  const { added } = await following.load();
  if (added.length >= following.mostAdded) throw new Error('too many lists');
  const id = `added-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
  await following.change((all) => ({ ...all, added: [...all.added, { id, title: title.slice(0, 300), url }] }));
  return id;
}

export function remove(id: string): Promise<void> {
  return inTurn(async () => {
    await takeOut(id);
    await following.change(({ added, enabled, pulling, newest }) => ({
      added: added.filter((one) => one.id !== id),
      enabled: Object.fromEntries(Object.entries(enabled).filter(([name]) => name !== id)),
      pulling: Object.fromEntries(Object.entries(pulling).filter(([name]) => name !== id)),
      newest,
    }));
    await shelf.change(new Map(), [`file:${id}`]);
    await plan();
  });
}

export function rollBack(): Promise<boolean> {
  return inTurn(() => installer.rollBack());
}

/** The person's own filters. */
export async function ownText(): Promise<string> {
  const stored = await shelf.get('own');
  return typeof stored === 'string' ? stored : '';
}

export function setOwn(text: string): Promise<readonly (Trouble & { readonly severity: string })[]> {
  return inTurn(async () => {
    const filters = text.trim() === '' ? null : { title: browser.i18n.getMessage('own_title'), text, syntax: 'adblock' as const };
    await installing(new Map([[ownId, filters]]), undefined, []);
    await shelf.change(new Map([['own', text]]));
    return compiler.check(text);
  });
}

export function check(text: string): Promise<readonly (Trouble & { readonly severity: string })[]> {
  return compiler.check(text);
}
