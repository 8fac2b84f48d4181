// Lists keep themselves current on a platform that can fail: the background as it is, over a browser,
// a disk and a network that are played. It is ended at every step that touches one of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Compiled, OpenedBundle, Prepared, Text } from '../src/background/compile/work.js';
import type { Following } from '../src/background/following.js';

type Updates = typeof import('../src/background/updates.js');
type InForce = typeof import('../src/background/inforce.js');
interface Life {
  readonly updates: Updates;
  readonly inforce: InForce;
}
type Rule = chrome.declarativeNetRequest.Rule;

const background = fileURLToPath(new URL('../src/background/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nomine-keeping-'));
const bundled = join(folder, 'background.mjs');
let lives = 0;

/** What is played in place of the modules that touch the browser, the disk and the engine. */
const played: Readonly<Record<string, string>> = {
  './shelf.js': 'export class IndexedShelf { constructor() { return globalThis.platform.shelf; } }',
  './compiler.js': 'export const compiler = globalThis.platform.compiler;',
  './listrules.js': 'export const net = globalThis.platform.net;',
  './redirects.js': 'export const watch = () => () => undefined;',
  './engine.js': 'export const use = async () => undefined;',
  './signatures.js': 'export const use = async () => undefined;',
  './families.js': 'export const use = async () => undefined;',
};

before(async () => {
  console.warn = () => undefined;
  await build({
    stdin: { contents: "export * as updates from './updates.js'; export * as inforce from './inforce.js';", resolveDir: background },
    bundle: true, format: 'esm', platform: 'neutral', outfile: bundled, logLevel: 'error', define: { BROWSER: '"chromium"' },
    plugins: [{
      name: 'played',
      setup(bundler) {
        bundler.onResolve({ filter: /^\.\/.*\.js$/ }, ({ path }) => (path in played ? { path, namespace: 'played' } : undefined));
        bundler.onLoad({ filter: /.*/, namespace: 'played' }, ({ path }) => ({ contents: played[path] ?? '' }));
      },
    }],
  });
});
after(() => rmSync(folder, { recursive: true }));

/** The person's computer: what outlives the background. */
class Platform {
  values = new Map<string, unknown>();
  stored = new Map<string, unknown>();
  rules: readonly Rule[] = [];
  packaged = true;
  alarm: number | null = null;
  served: Record<string, { text: string; etag?: string }> = {};
  asked: string[] = [];
  complaints: string[] = [];
  steps = 0;
  dies = Number.POSITIVE_INFINITY;
  /** Installing rules that contain this fails. */
  poison = '';
  online = true;
  connection: { saveData?: boolean } | undefined;
  /** Texts that the sanity check holds back. */
  odd = '';
  /** The time of bundles is over. */
  over = false;
  heard: Record<string, (() => void)[]> = {};
  breaths = 0;

  copy(): Platform {
    const other = new Platform();
    const { values, stored, rules, packaged, alarm, served } = this;
    return Object.assign(other, structuredClone({ values, stored, rules, packaged, alarm, served }));
  }

  /** Before and after everything that outlives the background; from its end on nothing is done any more. */
  step(): void {
    this.steps += 1;
    if (this.steps >= this.dies) throw new Error('the end');
  }

  readonly shelf = {
    get: (key: string): Promise<unknown> => Promise.resolve(structuredClone(this.values.get(key))),
    keys: (): Promise<readonly string[]> => Promise.resolve([...this.values.keys()]),
    change: async (puts: ReadonlyMap<string, unknown>, removes: readonly string[] = []): Promise<void> => {
      this.step();
      for (const [key, value] of puts) this.values.set(key, structuredClone(value));
      for (const key of removes) this.values.delete(key);
      this.step();
    },
  };
  readonly net = {
    replace: async (rules: readonly Rule[]): Promise<void> => {
      this.step();
      if (this.poison !== '' && JSON.stringify(rules).includes(this.poison)) throw new Error('Rule with id 1 is not good');
      this.rules = structuredClone(rules);
      this.step();
    },
    packaged: async (on: boolean): Promise<void> => {
      this.step();
      this.packaged = on;
      this.step();
    },
  };
  readonly compiler = {
    prepare: (list: Omit<Text, 'id'>): Promise<Prepared> => Promise.resolve({
      text: list.text, leftOut: 0, filters: 1, held: this.odd !== '' && list.text.includes(this.odd) ? { reason: 'blocks', words: 'odd' } : null,
      title: '', homepage: '', licence: '', expiresHours: 24, diffExpiresHours: null, diffPath: '',
    }),
    patch: (text: string): Promise<string> => Promise.resolve(text),
    compile: (lists: readonly Text[], _browser: string, first: number): Promise<Compiled> => Promise.resolve({
      engine: new TextEncoder().encode(lists.map(({ id, text }) => `${id}=${text}`).join()), filters: lists.length,
      rules: lists.slice(first).map(({ id, text }, index) => ({ id: index + 1, priority: 1, action: { type: 'block' }, condition: { urlFilter: `${id}=${text}` } }) as Rule),
      outcomes: lists.map(({ id }) => ({ id, filters: 1, refused: 0, notInRules: 0, troubles: [] })),
      scriptlets: { calls: lists.map(({ id, text }) => `${id}=${text}`).join(), hosts: [], wide: false },
    }),
    open: (bytes: Uint8Array, _keys: readonly string[], here: { newest: number | null }): Promise<OpenedBundle> => {
      const version = Number(new TextDecoder().decode(bytes));
      if (this.over) return Promise.reject(new Error('it ended 3 days ago by this computer\'s clock'));
      if (version <= (here.newest ?? 0)) return Promise.reject(new Error(`version ${version} is not newer than version ${here.newest}, which was installed already`));
      return Promise.resolve({ version, created: 0, expires: 4e9, files: { 'miners.txt': new TextEncoder().encode(`channel ${version}`) } });
    },
    check: ({ id }: Text) => Promise.resolve({ id, filters: 1, refused: 0, notInRules: 0, troubles: [] }),
  };

  /** What the background sees of the browser. */
  browser(): object {
    const local = {
      get: (keys: string[] | null): Promise<Record<string, unknown>> => Promise.resolve(Object.fromEntries([...this.stored].filter(([key]) => keys === null || keys.includes(key)).map(([key, value]) => [key, structuredClone(value)]))),
      set: async (items: Record<string, unknown>): Promise<void> => {
        this.step();
        for (const [key, value] of Object.entries(items)) {
          this.stored.set(key, structuredClone(value));
          if (key === 'problems') this.complaints = (value as { detail: string }[]).map(({ detail }) => detail);
        }
        this.step();
      },
      remove: async (keys: string[]): Promise<void> => {
        this.step();
        for (const key of keys) this.stored.delete(key);
      },
    };
    const alarms = {
      onAlarm: { addListener: (act: (alarm: { name: string }) => void) => void (this.heard['alarm'] ??= []).push(() => act({ name: 'lists' })) },
      clear: async (): Promise<void> => {
        this.step();
        this.alarm = null;
      },
      create: async (_name: string, { when }: { when: number }): Promise<void> => {
        this.step();
        this.alarm = when;
      },
    };
    const runtime = { getManifest: () => ({ version: '1' }), getURL: (path: string) => `x:${path}`, getPlatformInfo: () => (this.breaths += 1) };
    return { storage: { local }, alarms, runtime, i18n: { getMessage: () => 'My filters' } };
  }

  fetch = (url: string): Promise<Response> => {
    const own: Record<string, object> = {
      'x:rules/subscriptions.json': { subscriptions: ['a', 'b'].map((id) => ({ id, title: id, url: `https://${id}.test/l`, mirrors: [], format: 'filters', licence: '', homepage: '', enabled: true, expires: 24 })) },
      'x:rules/report.json': { lists: [{ id: 'miners', title: 'Ours', filters: 1 }] },
      'x:channel.json': { url: 'https://channel.test/', keys: ['k'] },
    };
    if (own[url] !== undefined) return Promise.resolve(Response.json(own[url]));
    if (url === 'x:rules/lists/miners.txt') return Promise.resolve(new Response('packaged'));
    this.asked.push(url);
    const found = this.served[url];
    return Promise.resolve(found === undefined ? new Response('no', { status: 404 }) : new Response(found.text, { headers: { etag: found.etag ?? '' } }));
  };

  /** A new life of the background over all of this. */
  async live(): Promise<Life> {
    this.heard = {};
    const scope = globalThis as unknown as Record<string, unknown>;
    scope['platform'] = this;
    scope['chrome'] = this.browser();
    scope['fetch'] = this.fetch;
    scope['addEventListener'] = (name: string, act: () => void) => void (this.heard[name] ??= []).push(act);
    Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { onLine: this.online, ...(this.connection !== undefined && { connection: this.connection }) } });
    const life = (await import(`${pathToFileURL(bundled).href}?${(lives += 1)}`)) as Life;
    life.updates.start();
    return life;
  }

  /** The browser says that something has happened; ends when all of it is done. */
  async hear(name: string): Promise<void> {
    for (const act of this.heard[name] ?? []) act();
    for (let turn = 0; turn < 200; turn += 1) await new Promise((done) => setImmediate(done));
  }

  following(): Following {
    return (this.stored.get('following') as { data: Following }).data;
  }

  /** What is in force, read off the browser's rules. */
  force(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.rules.map(({ condition }) => (condition.urlFilter ?? '').split('=') as [string, string]));
  }
}

const minute = 60_000;
const a = 'https://a.test/l';
const b = 'https://b.test/l';

/** Two lists and our channel in their first versions, a list from a file, and filters of the person's own. */
async function settled(): Promise<Platform> {
  const platform = new Platform();
  platform.served = { [a]: { text: 'a1' }, [b]: { text: 'b1' }, 'https://channel.test/lists.nomine': { text: '1' } };
  const { updates } = await platform.live();
  await updates.begin(true);
  await updates.pullByHand(null);
  await updates.addText('file', 'f1');
  await updates.setOwn('mine1');
  platform.served = { [a]: { text: 'a2' }, [b]: { text: 'b2' }, 'https://channel.test/1.delta': { text: '2' }, 'https://new.test/l': { text: 'n1' } };
  return platform;
}

function fileId(platform: Platform): string {
  return platform.following().added[0]?.id ?? assert.fail('the list from a file');
}

const kinds: readonly (readonly [string, (life: Life, platform: Platform) => Promise<unknown>])[] = [
  ['an update of everything', ({ updates }) => updates.pullByHand(null)],
  ['a list more', ({ updates }) => updates.add('https://new.test/l', 'new')],
  ['a list from a file', ({ updates }) => updates.addText('more', 'm1')],
  ['a list from a file that is held back', (life, platform) => {
    platform.odd = 'wait';
    return life.updates.addText('more', 'wait');
  }],
  ['a list switched off', ({ updates }) => updates.enable('a', false)],
  ['a list removed', ({ updates }, platform) => updates.remove(fileId(platform))],
  ["the person's own filters", ({ updates }) => updates.setOwn('mine2')],
  ['a rollback', async ({ updates }) => {
    await updates.pullByHand('a');
    await updates.rollBack();
  }],
  ['a version that is held back and accepted', async ({ updates }, platform) => {
    platform.odd = 'a2';
    await updates.pullByHand('a');
    await updates.accept('a');
  }],
];

/** The texts in force by list; ids of added lists are random. */
function shown(platform: Platform): string {
  return Object.entries(platform.force()).map(([id, text]) => (id.startsWith('added-') ? text : `${id}=${text}`)).sort().join();
}

/** Whatever happened: what is in force is whole, what is followed is in force or comes, and an alarm is set. */
async function sound(platform: Platform, { inforce }: Life, known: ReadonlyMap<string, ReadonlySet<string>>, place: string): Promise<void> {
  const current = (await inforce.installer.current()) ?? assert.fail(`${place}: a state is in force`);
  const force = platform.force();
  for (const entry of current.lists) assert.equal(force[entry.id], await inforce.installer.text(entry), `${place}: ${entry.id} is in force as it is kept`);
  assert.equal(platform.packaged, current.channel === null, `${place}: the packaged rules are on exactly where the channel's are not`);
  assert.ok(current.channel === null || force['miners'] === `channel ${current.channel}`, `${place}: the channel is whole`);
  const engine = new TextDecoder().decode((await inforce.installer.engine()) ?? undefined);
  for (const [id, text] of Object.entries(force)) {
    assert.ok(engine.includes(`${id}=${text}`), `${place}: the engine holds ${id}`);
    const texts = known.get(id);
    assert.ok(texts === undefined || texts.has(text), `${place}: ${id} is ${text}, as before or after`);
  }
  const { added, enabled, pulling } = platform.following();
  assert.ok(!Object.values(force).includes('wait'), `${place}: what has to wait waits`);
  for (const { id, url } of added) {
    assert.ok(id in force || pulling[id]?.held != null || (pulling[id]?.nextPull ?? 0) < Date.now() + 25 * 60 * minute, `${place}: ${url} is in force or comes`);
  }
  for (const id of ['a', 'b']) assert.equal(id in force, enabled[id] ?? true, `${place}: ${id} is in force exactly where it is on`);
  assert.equal(force['own'] ?? '', await inforce.ownText(), `${place}: what the person wrote is in force`);
  assert.ok(platform.alarm !== null, `${place}: there will be a next time`);
}

describe('keeping lists', () => {
  let ends = 0;
  for (const [name, act] of kinds) {
    test(`${name}: the background is ended at every step, and nothing is lost`, async () => {
      const start = await settled();
      const whole = start.copy();
      await act(await whole.live(), whole);
      const [from, to] = [shown(start), shown(whole)];
      const known = new Map(Object.keys({ ...start.force(), ...whole.force() }).map((id) => [id, new Set([start.force()[id] ?? '', whole.force()[id] ?? '', ...(id === 'a' ? ['a2'] : [])])]));
      assert.ok(whole.steps > 5, `${whole.steps} steps`);
      let changed = 0;
      for (let step = 1; step <= whole.steps; step += 1) {
        ends += 1;
        const platform = start.copy();
        platform.dies = step;
        await act(await platform.live(), platform).catch(() => undefined);
        platform.dies = Number.POSITIVE_INFINITY;
        const next = await platform.live();
        await next.updates.begin(false);
        await sound(platform, next, known, `ended at step ${step}`);
        if (shown(platform) !== from) changed += 1;
        // And it goes on from there: done again, it is done.
        if (name !== 'a rollback' && !name.startsWith('a list from a file') && name !== 'a list removed') {
          platform.odd = '';
          await act(next, platform).catch(() => undefined);
          assert.equal(shown(platform), to, `ended at step ${step}, then done again`);
        }
      }
      if (from !== to) assert.ok(changed > 0 && changed < whole.steps, 'some ends came before it, some after');
    });
  }

  test('it was ended often enough to mean something', (context) => {
    context.diagnostic(`ended ${ends} times, nothing lost`);
    assert.ok(ends >= 150, String(ends));
  });

  test('a list from a file that is held back is held back when it is switched off and on too', async () => {
    const platform = await settled();
    platform.odd = 'm1';
    const { updates } = await platform.live();
    const { id } = await updates.addText('more', 'm1');
    const held = (): boolean => platform.following().pulling[id]?.held != null;
    assert.ok(held() && platform.force()[id] === undefined);
    await updates.enable(id, false);
    await updates.enable(id, true);
    assert.ok(held() && platform.force()[id] === undefined);
    await updates.accept(id);
    assert.ok(!held() && platform.force()[id] === 'm1');
  });

  test('what is gone from the store is fetched again, and the rest stays in force', async () => {
    const platform = await settled();
    for (const key of [...platform.values.keys()].filter((name) => /^(?:text:a:|channel:|rules:)/u.test(name))) platform.values.delete(key);
    platform.served = { [a]: { text: 'a1', etag: 'x' }, 'https://channel.test/lists.nomine': { text: '1' } };
    const { updates } = await platform.live();
    await updates.begin(false);
    assert.deepEqual([platform.force()['a'], platform.force()['b'], platform.force()[fileId(platform)], platform.force()['own']], [undefined, 'b1', 'f1', 'mine1']);
    assert.ok(platform.complaints.some((words) => words.includes('what is kept of the lists was damaged; it is put together anew, and fetched again: a')), platform.complaints.join());
    assert.ok(platform.packaged && (platform.alarm ?? Infinity) < Date.now() + 4 * minute);
    await updates.pullByHand(null);
    assert.deepEqual([platform.force()['a'], platform.force()['miners']], ['a1', 'channel 1']);
  });

  test('one list that the browser refuses does not keep the others back', async () => {
    const platform = await settled();
    platform.poison = 'a2';
    await (await platform.live()).updates.pullByHand(null);
    assert.deepEqual([platform.force()['a'], platform.force()['b'], platform.force()['miners']], ['a1', 'b2', 'channel 2']);
    const { pulling } = platform.following();
    assert.deepEqual([pulling['a']?.error, pulling['b']?.error], ['install', '']);
    assert.match(pulling['a']?.errorDetail ?? '', /Rule with id 1/u);
  });

  test('a pull that ends the background waits longer each time', async () => {
    const platform = await settled();
    const waits: number[] = [];
    for (let times = 0; times < 4; times += 1) {
      const { updates } = await platform.live();
      await updates.begin(false);
      platform.dies = platform.steps + 6;
      await updates.pullByHand('a').catch(() => undefined);
      platform.dies = Number.POSITIVE_INFINITY;
      waits.push(((platform.following().pulling['a']?.nextPull ?? 0) - Date.now()) / minute);
    }
    for (const [index, least] of [15, 30, 60, 120].entries()) assert.ok((waits[index] ?? 0) > least - 1 && (waits[index] ?? 0) < least * 1.2 + 1, String(waits));
  });

  test('what is due comes by the alarm; without a connection when there is one again', async () => {
    const platform = await settled();
    const past = platform.following();
    for (const id of ['a', 'b']) Object.assign(past.pulling[id] ?? {}, { nextPull: Date.now() - minute });
    platform.online = false;
    const offline = await platform.live();
    await offline.updates.begin(false);
    assert.ok((platform.alarm ?? 0) <= Date.now() + minute, 'soon, as it is due');
    platform.asked = [];
    await platform.hear('alarm');
    assert.deepEqual(platform.asked, []);
    assert.equal(platform.following().pulling['a']?.error, 'offline');
    assert.ok((platform.alarm ?? 0) > Date.now() + 14 * minute, 'not again and again');
    platform.online = true;
    Object.assign(navigator, { onLine: true });
    await platform.hear('online');
    assert.deepEqual(platform.asked, [a, b]);
    assert.deepEqual([platform.force()['a'], platform.force()['b']], ['a2', 'b2']);
    assert.equal(platform.following().pulling['a']?.error, '');
  });

  test('where volume is paid, what is due waits, and by hand it comes all the same', async () => {
    const platform = await settled();
    Object.assign(platform.following().pulling['a'] ?? {}, { nextPull: Date.now() - minute });
    platform.connection = { saveData: true };
    const { updates } = await platform.live();
    platform.asked = [];
    await platform.hear('alarm');
    assert.deepEqual(platform.asked, []);
    assert.ok((platform.following().pulling['a']?.nextPull ?? 0) > Date.now() + 5 * 60 * minute);
    await updates.pullByHand('a');
    assert.equal(platform.force()['a'], 'a2');
  });

  test('a clock that was far ahead does not stop updates when it is right again', async () => {
    const platform = await settled();
    const future = Date.now() + 400 * 24 * 60 * minute;
    Object.assign(platform.following().pulling['a'] ?? {}, { lastTry: future, lastGood: future, nextPull: future });
    await (await platform.live()).updates.begin(false);
    assert.ok((platform.following().pulling['a']?.nextPull ?? future) < Date.now() + 4 * minute);
    assert.ok((platform.alarm ?? future) < Date.now() + 4 * minute);
  });

  test('a list that nothing knows of any more is shown again instead of working unseen', async () => {
    const platform = await settled();
    const id = fileId(platform);
    for (const key of ['following', 'following~']) platform.stored.delete(key);
    const { inforce, updates } = await platform.live();
    await updates.begin(false);
    assert.deepEqual(platform.following().added.map((one) => one.id), [id]);
    assert.equal(platform.force()[id], 'f1');
    assert.equal((await inforce.installer.current())?.channel, 1);
    await updates.remove(id);
    assert.equal(platform.force()[id], undefined);
  });

  test("our channel's lists are held back like others, and accepted like others", async () => {
    const platform = await settled();
    platform.odd = 'channel 2';
    const { updates, inforce } = await platform.live();
    await updates.pullByHand('channel');
    assert.equal(platform.force()['miners'], 'channel 1');
    assert.equal(platform.following().pulling['channel']?.held?.reason, 'blocks');
    platform.over = true;
    await assert.rejects(updates.accept('channel'), /it ended 3 days ago/u, 'its time can be over when a person accepts it');
    assert.equal(platform.force()['miners'], 'channel 1');
    platform.over = false;
    await updates.accept('channel');
    assert.equal(platform.force()['miners'], 'channel 2');
    assert.deepEqual([platform.following().newest, platform.following().pulling['channel']?.held], [2, null]);
    await assert.rejects(updates.accept('channel'));
    assert.equal(await updates.rollBack(), true);
    assert.equal((await inforce.installer.current())?.channel, 1);
    await updates.pullByHand('channel');
    assert.equal(platform.force()['miners'], 'channel 1', 'what a person went back from does not come again');
  });
});
