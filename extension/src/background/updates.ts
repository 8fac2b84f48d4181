// Keeps lists current, and does what a person wants with them. One thing is done after the other,
// whoever asks for it.
import { browser } from '../shared/browser.js';
import { boolean, object, string } from '../shared/read.js';
import { compiler } from './compiler.js';
import type { Outcome, Text } from './compile/work.js';
import * as following from './following.js';
import { channel, channelId, install, installer, ownList, ownText, shelf, takeFromChannel, which } from './inforce.js';
import { ownId, type Recovered } from './installer.js';
import { complain } from './problems.js';
import { bounds, mayFetch, refuseOther } from './pull.js';
import { expiresOf, heldVersion, installedChannel, pullNow } from './pulling.js';
import * as schedule from './schedule.js';

const alarm = 'lists';
/** A list that is missing comes within this time. */
const soon = 180_000;
/** The browser ends a background that asks it for nothing for 30 seconds. */
const breath = 20_000;
/** Past that end: an alarm at that very moment can find the background neither there nor gone. */
const calm = 45_000;

let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const done = queue.then(() => awake(act));
  queue = done.catch(() => undefined);
  return done;
}

/** Keeps the background from being ended while something is fetched or installed. */
async function awake<T>(act: () => Promise<T>): Promise<T> {
  const asking = setInterval(() => void browser.runtime.getPlatformInfo(), breath);
  try {
    return await act();
  } finally {
    clearInterval(asking);
  }
}

export function start(): void {
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === alarm) void due(false).catch(report);
  });
  // The alarm of a moment without a connection comes late; this comes at once.
  globalThis.addEventListener?.('online', () => void due(true).catch(report));
}

function report(error: unknown): void {
  complain('lists', error instanceof Error ? error.message : String(error));
}

/** At every start of the background; `thorough` when the browser or this version starts anew. */
export function begin(thorough: boolean): Promise<void> {
  return inTurn(async () => {
    try {
      const found = await installer.recover(thorough);
      if (found.cut) complain('lists', 'an installation of lists was cut off; the last good state is in force');
      if (found.damaged) await repair(found);
      if (thorough) await renew();
      await reconcile();
    } catch (error) {
      report(error);
    }
    await takeFromChannel();
    await plan();
  });
}

/** Compiles what is left of a damaged store; what is gone is fetched again. */
async function repair({ lost, channelLost }: Recovered): Promise<void> {
  complain('lists', `what is kept of the lists was damaged; it is put together anew${lost.length > 0 ? `, and fetched again: ${lost.join(', ')}` : ''}`);
  const again = { etag: '', lastModified: '', diffPath: '', lastWhole: null, nextPull: null };
  for (const id of [...lost.filter((id) => id !== ownId), ...(channelLost ? [channelId] : [])]) await following.setPulling(id, again);
  // That version was good, and may come again.
  const version = (await installer.current())?.channel ?? null;
  if (channelLost && version !== null) await following.change((all) => ({ ...all, newest: version - 1 }));
  if ((await installer.current()) !== null) await install({ texts: new Map(lost.map((id) => [id, null])), ...(channelLost && { channel: null }) }, []);
}

/** Compiles anew for another version of the package; its lists count again where the channel is gone or over. */
async function renew(): Promise<void> {
  const current = await installer.current();
  if (current === null) return;
  const orphaned = current.channel !== null && (await channel()) === null;
  const other = current.packageVersion !== browser.runtime.getManifest().version;
  const over = other && current.channel !== null && (current.channelEnds ?? 0) < Date.now();
  if (orphaned || other) await install({ texts: new Map(), ...((orphaned || over) && { channel: null }) }, []);
}

/** Makes what is in force what is followed: something can have been cut off between the two, or edited by hand. */
async function reconcile(): Promise<void> {
  const current = await installer.current();
  const followed = await following.all();
  const offered = followed.some((one) => !one.removable);
  const texts = new Map<string, Omit<Text, 'id'> | null>();
  for (const entry of current?.lists ?? []) {
    const one = followed.find(({ id }) => id === entry.id);
    if (one?.on === true || entry.id === ownId) continue;
    if (one === undefined && entry.id.startsWith('added-')) await adopt(entry.id, entry.title, await installer.text(entry));
    else if (one !== undefined || offered) texts.set(entry.id, null);
  }
  for (const one of followed) {
    const known = await following.pullingOf(one.id);
    if (!one.on || current?.lists.some(({ id }) => id === one.id) === true || known.held !== null) continue;
    const file = one.url === '' ? await shelf.get(`file:${one.id}`) : undefined;
    if (typeof file === 'string') texts.set(one.id, { title: one.title, text: file, syntax: null });
    else if (one.url !== '' && known.lastGood !== null && known.failures === 0 && (known.nextPull ?? 0) > Date.now() + soon) await following.setPulling(one.id, { nextPull: null });
  }
  const own = current?.lists.find(({ id }) => id === ownId);
  const wanted = await ownText();
  if ((own === undefined ? '' : await installer.text(own)) !== (wanted.trim() === '' ? '' : wanted)) texts.set(ownId, ownList(wanted));
  if (texts.size > 0) await install({ texts }, [...texts.keys()].filter((id) => id !== ownId));
}

/** A list that is in force and that nothing knows of any more: it is shown, as one from a file. */
async function adopt(id: string, title: string, text: string): Promise<void> {
  await shelf.change(new Map([[`file:${id}`, text]]));
  await following.change((all) => ({ ...all, added: [...all.added, { id, title: title.slice(0, 300), url: '' }].slice(0, following.mostAdded) }));
}

/** Compiles the lists in force anew: what was made of them was damaged. */
export function rebuild(): Promise<void> {
  return inTurn(async () => {
    if ((await installer.current()) !== null) await install({ texts: new Map() }, []);
  });
}

/** Sets the alarm for what is due next. */
async function plan(): Promise<void> {
  const now = Date.now();
  const times: number[] = [];
  for (const { id, known } of await pulled()) {
    let next = known.nextPull;
    if (next === null || !schedule.sensible(next, known.lastTry, now)) {
      next = schedule.first(now, Math.random());
      await following.setPulling(id, { nextPull: next, ...(known.lastTry !== null && known.lastTry > now && { lastTry: null }) });
    }
    times.push(next);
  }
  await browser.alarms.clear(alarm);
  // One that is missed comes again; one that is heard ends here, in a new plan.
  if (times.length > 0) await browser.alarms.create(alarm, { when: Math.max(Math.min(...times), now + calm), periodInMinutes: 1 });
}

/** Everything that is pulled, with what is known of it and the hours after which it is due. */
async function pulled(): Promise<{ id: string; known: following.Pulling; hours: number }[]> {
  const { pulling } = await following.load();
  const lists = (await following.all()).filter((one) => one.on && one.url !== '').map((one) => {
    const known = pulling[one.id] ?? following.fresh;
    return { id: one.id, known, hours: expiresOf(one, known) };
  });
  const ours = (await channel()) === null ? [] : [{ id: channelId, known: pulling[channelId] ?? following.fresh, hours: 24 }];
  return [...lists, ...ours];
}

interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
}
/** Where the browser says so; Firefox on computers says nothing. */
function metered(): boolean {
  const { connection } = navigator as { connection?: Connection };
  return connection?.saveData === true || connection?.type === 'cellular';
}

/** Pulls what is due. `online`: also what failed for want of a connection. */
function due(online: boolean): Promise<void> {
  return inTurn(async () => {
    const now = Date.now();
    const ids: string[] = [];
    for (const { id, known, hours } of await pulled()) {
      const wanted = known.nextPull !== null && (known.nextPull <= now || (online && known.error === 'offline'));
      if (!wanted) continue;
      const later = metered() ? schedule.afterMetered(now, known.lastGood, hours, Math.random()) : null;
      if (later === null) ids.push(id);
      else await following.setPulling(id, { nextPull: later });
    }
    if (ids.length > 0) await pullNow(ids, true);
  }).finally(() => inTurn(plan));
}

/** Pulls one list, or all of them, whether due or not. */
export function pullByHand(id: string | null): Promise<void> {
  return thenPlan(async () => pullNow(id === null ? (await pulled()).map((one) => one.id) : [id], false));
}

/** Something that changes what is pulled, or when. */
function thenPlan<T>(act: () => Promise<T>): Promise<T> {
  return inTurn(async () => {
    try {
      return await act();
    } finally {
      await plan();
    }
  });
}

/** Brings what was held back into force, because a person says so. */
export function accept(id: string): Promise<void> {
  return inTurn(async () => {
    if (id === channelId) {
      const version = await heldVersion();
      await install({ texts: new Map(), channel: version }, [id]);
      await installedChannel(version);
      return;
    }
    await install({ texts: new Map([[id, heldShape(await shelf.get(`held:${id}`))]]) }, [id]);
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
  return thenPlan(async () => {
    const one = (await following.all()).find((other) => other.id === id);
    if (one === undefined) throw new Error('gone');
    await following.change((all) => ({ ...all, enabled: { ...all.enabled, [id]: boolean(on) } }));
    if (!on) await takeOut(id);
    else if (one.url !== '') await pullNow([id], false);
    else {
      const text = await shelf.get(`file:${id}`);
      if (typeof text !== 'string') return;
      const list: Omit<Text, 'id'> = { title: one.title, text, syntax: null };
      if (!(await holdBack(id, list))) await install({ texts: new Map([[id, list]]) }, [id]);
    }
  });
}

/** Whether a list from a file has to wait until a person says so. */
async function holdBack(id: string, list: Omit<Text, 'id'>): Promise<boolean> {
  const { held } = await compiler.prepare(list, null, null, which);
  if (held?.reason === 'empty') throw new Error('empty');
  if (held !== null) await shelf.change(new Map([[`held:${id}`, list]]));
  await following.setPulling(id, { changed: Date.now(), held });
  return held !== null;
}

async function takeOut(id: string): Promise<void> {
  const there = (await installer.current())?.lists.some((entry) => entry.id === id) === true;
  if (there) await install({ texts: new Map([[id, null]]) }, [id]);
  await shelf.change(new Map(), [`held:${id}`, `raw:${id}`]);
  await following.setPulling(id, { held: null, etag: '', lastModified: '', diffPath: '', error: '', errorDetail: '', failures: 0, nextPull: null, lastWhole: null });
}

/** Adds a list by its address. It is there even if the first pull fails, with the reason. */
export function add(url: string, title: string): Promise<{ id: string }> {
  return thenPlan(async () => {
    const address = URL.parse(url);
    if (address === null || !mayFetch(address.href)) throw new Error('address');
    address.hash = '';
    const same = (await following.all()).find((one) => one.url === address.href || one.mirrors.includes(address.href));
    const id = same?.id ?? newId();
    if (same === undefined) await enter(id, title === '' ? `${address.hostname}${address.pathname}` : title, address.href);
    else await following.change((all) => ({ ...all, enabled: { ...all.enabled, [id]: true } }));
    await pullNow([id], false);
    return { id };
  });
}

/** Adds a list from a file. */
export function addText(title: string, text: string): Promise<{ id: string }> {
  return inTurn(async () => {
    refuseOther(text);
    const list: Omit<Text, 'id'> = { title, text, syntax: null };
    const id = newId();
    await shelf.change(new Map([[`file:${id}`, text]]));
    // Noted before the list is followed: what is followed and not held is put in force.
    const held = await holdBack(id, list);
    await enter(id, title, '');
    if (!held) await install({ texts: new Map([[id, list]]) }, [id]);
    return { id };
  });
}

function newId(): string {
  return `added-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
}

async function enter(id: string, title: string, url: string): Promise<void> {
  const { added } = await following.load();
  if (added.length >= following.mostAdded) throw new Error('toomany');
  await following.change((all) => ({ ...all, added: [...all.added, { id, title: title.slice(0, 300), url }] }));
}

export function remove(id: string): Promise<void> {
  return thenPlan(async () => {
    await takeOut(id);
    const without = <T>(values: Readonly<Record<string, T>>): Readonly<Record<string, T>> => Object.fromEntries(Object.entries(values).filter(([name]) => name !== id));
    await following.change(({ added, enabled, pulling, newest }) => ({ added: added.filter((one) => one.id !== id), enabled: without(enabled), pulling: without(pulling), newest }));
    await shelf.change(new Map(), [`file:${id}`]);
  });
}

/** Goes back to the versions of before; false where there are none. */
export function rollBack(): Promise<boolean> {
  return inTurn(async () => {
    const wanted = await installer.wayBack();
    if (wanted !== null) await install(wanted, []);
    return wanted !== null;
  });
}

export function setOwn(text: string): Promise<Outcome> {
  return inTurn(async () => {
    // Kept first: what a person wrote is not lost, whatever happens on the way into force.
    await shelf.change(new Map([[ownId, text]]));
    await install({ texts: new Map([[ownId, ownList(text)]]) }, [ownId]);
    await following.setPulling(ownId, { changed: Date.now(), error: '', errorDetail: '' });
    return check(text);
  });
}

/** What would become of the person's own filters in this browser: by the code that installs them. */
export function check(text: string): Promise<Outcome> {
  return compiler.check({ id: ownId, title: '', text, syntax: 'adblock' }, which);
}
