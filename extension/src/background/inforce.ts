// The lists in force, for everything that changes them: where they are kept, what makes them count,
// and our own channel as far as it is part of them.
import { browser, isFirefox } from '../shared/browser.js';
import { integer, list as listOf, object, string } from '../shared/read.js';
import type { ChannelSettings } from './channel.js';
import { compiler } from './compiler.js';
import type { Text } from './compile/work.js';
import * as engine from './engine.js';
import * as families from './families.js';
import * as following from './following.js';
import { Installer, ownId, type Wanted } from './installer.js';
import { net } from './listrules.js';
import { complain } from './problems.js';
import { IndexedShelf } from './shelf.js';
import * as signatures from './signatures.js';

/** Our channel, where it is spoken of as a list. */
export const channelId = 'channel';
export const which = isFirefox ? 'firefox' : 'chromium';

export const shelf = new IndexedShelf();
let changed: () => Promise<void> = async () => undefined;

/** `whenChanged` puts in force what lists ask of pages. */
export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

export const installer: Installer = new Installer(shelf, compiler, net, {
  browser: which,
  version: browser.runtime.getManifest().version,
  packaged: packagedTexts,
  counts: async (generation) => {
    await engine.use(generation === null ? null : await installer.engine());
    await takeFromChannel();
    await changed();
  },
  now: Date.now,
});

const reportShape = object({ lists: listOf(object({ id: string(80), title: string(300), filters: integer(0) }), 100) });
const read = (path: string): Promise<Response> => fetch(browser.runtime.getURL(`rules/${path}`));

/** Our own lists, as the build describes them. */
async function packaged(): Promise<readonly { id: string; title: string; filters: number }[]> {
  return reportShape(await (await read('report.json')).json()).lists;
}

async function packagedTexts(): Promise<readonly Text[]> {
  return Promise.all((await packaged()).map(async ({ id, title }) => ({ id, title, text: await (await read(`lists/${id}.txt`)).text(), syntax: null })));
}

/** How many filters each of our own lists in force has: those of the channel, or of the package. */
export async function ownCounts(): Promise<Map<string, number>> {
  const current = await installer.current();
  const counted = current === null || current.channel === null ? await packaged() : current.outcomes.filter(({ id }) => !current.lists.some((entry) => entry.id === id));
  return new Map(counted.map(({ id, filters }) => [id, filters]));
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

/**
 * Signatures and words of the channel's version that counts; those of the package where there is none.
 * What cannot be stored is told, and tried again when the background starts: the lists count already.
 */
export async function takeFromChannel(): Promise<void> {
  try {
    const files = (await installer.channelFiles())?.files;
    await signatures.use(files?.['signatures.bin'] ?? null);
    await families.use(files?.['families.json'] ?? null);
  } catch (error) {
    complain('signatures', error instanceof Error ? error.message : String(error));
  }
}

async function order(): Promise<string[]> {
  return [...(await following.all()).map(({ id }) => id), ownId];
}

/** Installs; a failure is told with each of the lists that it concerns. */
export async function install(wanted: Omit<Wanted, 'order'>, told: readonly string[]): Promise<void> {
  try {
    await installer.install({ ...wanted, order: await order() });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    for (const id of told) await following.setPulling(id, { error: 'install', errorDetail: words });
    throw error;
  }
}

/** The person's own filters. */
export async function ownText(): Promise<string> {
  const stored = await shelf.get(ownId);
  return typeof stored === 'string' ? stored : '';
}

export function ownTitle(): string {
  return browser.i18n.getMessage('own_title');
}

export function ownList(text: string): Omit<Text, 'id'> | null {
  return text.trim() === '' ? null : { title: ownTitle(), text, syntax: 'adblock' };
}
