// Pulls lists and our channel, has what came looked at, and installs what changed, all of it in one go.
import { news, untagged, type Installed } from './channel.js';
import { compiler } from './compiler.js';
import type { Held, Prepared, Syntax, Text } from './compile/work.js';
import * as following from './following.js';
import { channel, channelId, install, installer, ownCounts, shelf, which } from './inforce.js';
import type { ChannelVersion } from './installer.js';
import { pull, PullError, type Means } from './pull.js';
import { watch } from './redirects.js';
import * as schedule from './schedule.js';

/** How long the channel's news may wait, in hours. */
const channelHours = 24;

/** What a pull brought. */
interface Found {
  readonly id: string;
  /** Of a list; null: nothing to install. */
  readonly text: Omit<Text, 'id'> | null;
  readonly channel?: ChannelVersion;
  /** Notes the success; only after the installation. */
  readonly after: () => Promise<void>;
}

/** Pulls these lists; what is noted about each says how it went. */
export async function pullNow(ids: readonly string[], byAlarm: boolean): Promise<void> {
  const brought: Found[] = [];
  for (const one of await following.all()) {
    if (!ids.includes(one.id) || one.url === '') continue;
    brought.push(...(await attempt(one.id, byAlarm, () => pullOne(one, byAlarm))));
  }
  if (ids.includes(channelId)) brought.push(...(await attempt(channelId, byAlarm, pullChannel)));
  const fresh = brought.filter((one) => one.text !== null || one.channel !== undefined);
  const bad = await installAll(fresh);
  for (const one of brought) if (!bad.has(one.id)) await one.after();
}

/** Installs everything at once; where that fails, each alone, so that one bad list does not keep the others back. */
async function installAll(fresh: readonly Found[]): Promise<ReadonlySet<string>> {
  if (fresh.length === 0 || (await installs(fresh))) return new Set();
  const bad = new Set(fresh.map(({ id }) => id));
  if (fresh.length > 1) for (const one of fresh) if (await installs([one])) bad.delete(one.id);
  return bad;
}

async function installs(fresh: readonly Found[]): Promise<boolean> {
  const texts = new Map(fresh.flatMap(({ id, text }) => (text === null ? [] : [[id, text] as const])));
  const fromChannel = fresh.find((one) => one.channel !== undefined)?.channel;
  return install({ texts, ...(fromChannel !== undefined && { channel: fromChannel }) }, fresh.map(({ id }) => id)).then(() => true, () => false);
}

/** One pull with everything that is noted about it; nothing where it brought nothing. */
async function attempt(id: string, byAlarm: boolean, act: () => Promise<Found | null>): Promise<readonly Found[]> {
  const now = Date.now();
  if (byAlarm && navigator.onLine === false) {
    await following.setPulling(id, { error: 'offline', errorDetail: '', nextPull: schedule.afterFailure(now, 1, Math.random()) });
    return [];
  }
  // Noted as a failure beforehand: if the background ends in the middle, the next try still waits longer.
  const failures = (await following.pullingOf(id)).failures + 1;
  await following.setPulling(id, { lastTry: now, failures, nextPull: schedule.afterFailure(now, failures, Math.random()) });
  try {
    const found = await act();
    return found === null ? [] : [found];
  } catch (error) {
    const told = error instanceof PullError ? { error: error.code, errorDetail: error.detail } : { error: 'refused', errorDetail: error instanceof Error ? error.message : String(error) };
    await following.setPulling(id, told);
    return [];
  }
}

const means: Means = {
  fetch: (url, init) => fetch(url, init),
  watch,
  patch: (text, patch, name) => compiler.patch(text, patch, name),
  diffPath: (text) => /^[!#] *Diff-Path: *(\S+)/imu.exec(text.slice(0, 20_000))?.[1] ?? '',
};

const syntaxes: Readonly<Record<following.Subscription['format'], Syntax | null>> = { filters: null, hosts: 'hosts', domains: 'domains' };

async function pullOne(one: following.Followed, byAlarm: boolean): Promise<Found> {
  const { id } = one;
  const known = await following.pullingOf(id);
  const current = await installer.current();
  const raw = await shelf.get(`raw:${id}`);
  const has = known.held !== null || current?.lists.some((entry) => entry.id === id) === true;
  const now = Date.now();
  const answer = await pull(
    {
      urls: [one.url, ...one.mirrors], etag: has ? known.etag : '', lastModified: has ? known.lastModified : '',
      // Without the text as published a conditional request still makes sense, a difference does not.
      text: typeof raw === 'string' ? raw : has ? '\n' : '', diffPath: typeof raw === 'string' ? known.diffPath : '',
      whole: !byAlarm || schedule.wholeDue(now, known.lastWhole, expiresOf(one, known)),
    },
    means,
  );
  const next = (said: Pick<following.Pulling, 'expiresHours' | 'diffPath' | 'diffExpiresHours'>): number =>
    schedule.afterSuccess(Date.now(), said.expiresHours === 0 ? one.expires : said.expiresHours, said.diffPath === '' ? null : said.diffExpiresHours, Math.random());
  const good: Partial<following.Pulling> = { lastGood: now, failures: 0, error: '', errorDetail: '', ...(answer.how !== 'patch' && answer.bytes + Number(answer.text === null) > 0 && { lastWhole: now }) };
  if (answer.text === null) return { id, text: null, after: () => following.setPulling(id, { ...good, nextPull: next(known) }) };
  const before = current?.outcomes.find((outcome) => outcome.id === id)?.filters ?? null;
  const list = { title: one.title, text: answer.text, syntax: syntaxes[one.format] };
  const prepared = await compiler.prepare(list, one.only ?? null, before, which);
  const { held } = prepared;
  const said = told(answer.files === 0 ? prepared : { ...prepared, diffPath: '' });
  const text = { ...list, title: one.title === '' ? said.title : one.title, text: prepared.text };
  const remembered: Partial<following.Pulling> = {
    ...good, ...said, etag: answer.etag, lastModified: answer.lastModified, leftOut: prepared.leftOut, bytes: answer.bytes, held,
    nextPull: next(said), ...(held === null && { changed: now }),
  };
  // The text as published is only needed where differences are offered.
  const puts = new Map<string, unknown>(said.diffPath === '' ? [] : [[`raw:${id}`, answer.text]]);
  if (held !== null) puts.set(`held:${id}`, text);
  const removes = [`raw:${id}`, `held:${id}`].filter((key) => !puts.has(key));
  return { id, text: held === null ? text : null, after: async () => (await shelf.change(puts, removes), following.setPulling(id, remembered)) };
}

/** After how many hours a list is due where nothing else is said. */
export function expiresOf(one: following.Followed, known: following.Pulling): number {
  return known.expiresHours === 0 ? one.expires : known.expiresHours;
}

function told({ title, homepage, licence, expiresHours, diffExpiresHours, diffPath }: Prepared): Pick<following.Pulling, 'title' | 'homepage' | 'licence' | 'expiresHours' | 'diffExpiresHours' | 'diffPath'> {
  return { title, homepage, licence, expiresHours: expiresHours ?? 0, diffExpiresHours: diffExpiresHours ?? 0, diffPath };
}

async function pullChannel(): Promise<Found | null> {
  const id = channelId;
  const found = await channel();
  if (found === null) return null;
  const [known, state] = await Promise.all([following.pullingOf(id), stateOfChannel()]);
  const has = state.installed !== null || known.held !== null;
  const fresh = await news(found, { ...state, tags: has ? known : untagged }, { ...means, work: compiler, now: Date.now });
  const now = Date.now();
  const good: Partial<following.Pulling> = { lastGood: now, failures: 0, error: '', errorDetail: '', ...fresh.tags, nextPull: schedule.afterSuccess(now, channelHours, null, Math.random()) };
  if (fresh.version === null) return { id, text: null, after: () => following.setPulling(id, good) };
  const version: ChannelVersion = { version: fresh.version, expires: fresh.expires, files: fresh.files };
  const held = await gateChannel(fresh.files);
  if (held !== null) {
    return { id, text: null, after: async () => (await shelf.change(new Map([[`held:${id}`, fresh.body]])), following.setPulling(id, { ...good, held })) };
  }
  return { id, text: null, channel: version, after: () => installedChannel(version, { ...good, bytes: fresh.body.length }) };
}

async function stateOfChannel(): Promise<{ installed: Installed | null; newest: number | null }> {
  const [{ newest: noted }, installed] = await Promise.all([following.load(), installer.channelFiles()]);
  // A version that was installed counts even where the note of it was lost.
  return { installed, newest: noted === null && installed === null ? null : Math.max(noted ?? 0, installed?.version ?? 0) };
}

/** A version that was held back, opened anew: its time can be over meanwhile, its key no longer trusted, or a newer one installed. */
export async function heldVersion(): Promise<ChannelVersion> {
  const [body, settings, { installed, newest }] = await Promise.all([shelf.get(`held:${channelId}`), channel(), stateOfChannel()]);
  if (settings === null || !(body instanceof Uint8Array)) throw new Error('gone');
  return compiler.open(body as Uint8Array<ArrayBuffer>, settings.keys, { now: Math.floor(Date.now() / 1000), newest, base: installed });
}

/** Notes that this version of the channel is in force. */
export async function installedChannel({ version }: ChannelVersion, more: Partial<following.Pulling> = {}): Promise<void> {
  await following.change((all) => ({ ...all, newest: Math.max(all.newest ?? 0, version) }));
  await following.setPulling(channelId, { ...more, held: null, changed: Date.now() });
  await shelf.change(new Map(), [`held:${channelId}`]);
}

/** Our own lists are looked at like any other, beside those that they replace. */
async function gateChannel(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Promise<Held | null> {
  const own = await ownCounts();
  for (const [name, bytes] of Object.entries(files)) {
    if (!name.endsWith('.txt')) continue;
    const id = name.replace(/\.txt$/u, '');
    const { held } = await compiler.prepare({ title: name, text: new TextDecoder().decode(bytes), syntax: null }, null, own.get(id) ?? null, which);
    if (held !== null) return held;
    own.delete(id);
  }
  const [gone] = [...own].filter(([, filters]) => filters > 0);
  return gone === undefined ? null : { reason: 'shrinks', words: `the list ${gone[0]} is missing in it`, before: gone[1], after: 0 };
}
