// Lists are put in force wholly or not at all: the background is ended at every step of every kind of
// installation, and what is left is always the state before or the state after, whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Compiled, Text } from '../src/background/compile/work.js';
import { Installer, type ChannelVersion, type Net } from '../src/background/installer.js';
import type { Shelf } from '../src/background/shelf.js';

type Rule = chrome.declarativeNetRequest.Rule;

/** Ends everything at a step: nothing that is asked for after it is done. */
class Fate {
  steps = 0;
  constructor(public dies = Number.POSITIVE_INFINITY, private readonly failsOnly = false) {}

  step(): void {
    this.steps += 1;
    if (this.failsOnly ? this.steps === this.dies : this.steps >= this.dies) throw new Error('the end');
  }
}

class Disk implements Shelf {
  readonly values = new Map<string, unknown>();
  fate = new Fate();

  get(key: string): Promise<unknown> {
    return Promise.resolve(structuredClone(this.values.get(key)));
  }
  keys(): Promise<readonly string[]> {
    return Promise.resolve([...this.values.keys()]);
  }
  async change(puts: ReadonlyMap<string, unknown>, removes: readonly string[] = []): Promise<void> {
    this.fate.step();
    for (const [key, value] of puts) this.values.set(key, structuredClone(value));
    for (const key of removes) this.values.delete(key);
    // Written, but nobody hears of it.
    this.fate.step();
  }
}

class Browser implements Net {
  rules: readonly Rule[] = [];
  packagedOn = true;
  fate = new Fate();

  async replace(rules: readonly Rule[]): Promise<void> {
    this.fate.step();
    this.rules = structuredClone(rules);
    this.fate.step();
  }
  async packaged(on: boolean): Promise<void> {
    this.fate.step();
    this.packagedOn = on;
    this.fate.step();
  }
}

/** Compiles a list into one rule with its text, so that a state can be read off the rules. */
function compile(lists: readonly Text[], _browser: string, firstList: number): Promise<Compiled> {
  const rules = lists.slice(firstList).map(({ id, text }, index) => ({ id: index + 1, priority: 1, action: { type: 'block' }, condition: { urlFilter: `${id}=${text}` } }) as Rule);
  const engine = new TextEncoder().encode(lists.map(({ id, text }) => `${id}=${text}`).join());
  return Promise.resolve({ engine, filters: lists.length, rules, outcomes: [], scriptlets: { calls: '', hosts: [], wide: false } });
}

const own: readonly Text[] = [{ id: 'miners', title: 'Ours', text: 'packaged', syntax: null }];

function world(disk = new Disk(), net = new Browser()): { disk: Disk; net: Browser; installer: Installer; engine: () => string } {
  let engine = 'package';
  const installer: Installer = new Installer(disk, { compile }, net, {
    browser: 'chromium', version: '1', packaged: () => Promise.resolve(own), now: () => 7,
    counts: async (generation) => {
      engine = generation === null ? 'package' : new TextDecoder().decode((await installer.engine()) ?? undefined);
    },
  });
  return { disk, net, installer, engine: () => engine };
}

const list = (text: string): Omit<Text, 'id'> => ({ title: text, text, syntax: null });
const order = ['a', 'b', 'c'];
const bundle = (version: number): ChannelVersion => ({ version, expires: 9, files: { 'miners.txt': new TextEncoder().encode(`channel ${version}`) } });

/** Everything that is in force, read off what the browser and the disk have. */
async function state({ net, installer }: { net: Browser; installer: Installer }): Promise<string> {
  const current = await installer.current();
  const texts = await Promise.all((current?.lists ?? []).map(async (entry) => `${entry.id}=${await installer.text(entry)}`));
  const rules = net.rules.map(({ condition }) => condition.urlFilter).join();
  const engine = new TextDecoder().decode((await installer.engine()) ?? undefined);
  const channel = await installer.channelFiles();
  assert.equal(current?.channel ?? null, channel?.version ?? null, 'the files of the channel are there');
  assert.equal(net.packagedOn, channel === null, "the packaged rules are on exactly where the channel's are not");
  const all = channel === null ? texts : [`miners=channel ${channel.version}`, ...texts];
  assert.equal(rules, all.join(), "the browser's rules are those of the state that counts");
  if (current !== null) assert.equal(engine, (channel === null ? ['miners=packaged', ...texts] : all).join(), 'so is the engine');
  return `${current?.number ?? 0}: ${all.join()}`;
}

const kinds: readonly (readonly [string, (installer: Installer) => Promise<unknown>])[] = [
  ['an update of a list', (installer) => installer.install({ texts: new Map([['a', list('2')]]), order })],
  ['a list more', (installer) => installer.install({ texts: new Map([['c', list('1')]]), order })],
  ['a list less', (installer) => installer.install({ texts: new Map([['a', null]]), order })],
  ['a bundle of the channel', (installer) => installer.install({ texts: new Map(), channel: bundle(2), order })],
  ['the way back to the package', (installer) => installer.install({ texts: new Map(), channel: null, order })],
  ['a rollback', back],
];

async function back(installer: Installer): Promise<boolean> {
  const wanted = await installer.wayBack();
  if (wanted !== null) await installer.install({ ...wanted, order });
  return wanted !== null;
}

async function prepared(): Promise<ReturnType<typeof world>> {
  const made = world();
  await made.installer.install({ texts: new Map([['a', list('1')]]), order });
  await made.installer.install({ texts: new Map([['b', list('1')]]), channel: bundle(1), order });
  return made;
}

describe('installing lists', () => {
  test('a state is what was asked for, in the order of the lists', async () => {
    const made = await prepared();
    assert.equal(await state(made), '2: miners=channel 1,a=1,b=1');
    await made.installer.install({ texts: new Map([['a', list('2')]]), order });
    assert.equal(await state(made), '3: miners=channel 1,a=2,b=1');
    assert.equal(made.engine(), 'miners=channel 1,a=2,b=1');
    assert.ok([...made.disk.values.keys()].every((key) => !key.startsWith('generation:1')), 'older states are gone');
  });

  test('going back brings the versions of before, whatever was switched on, off or written meanwhile', async () => {
    const made = await prepared();
    const { installer } = made;
    await installer.install({ texts: new Map([['a', list('2')]]), channel: bundle(2), order });
    await installer.install({ texts: new Map([['own', list('mine')]]), order });
    await installer.install({ texts: new Map([['b', null]]), order });
    await installer.install({ texts: new Map([['own', list('mine too')], ['c', list('1')]]), order });
    assert.equal(await state(made), '6: miners=channel 2,a=2,c=1,own=mine too');
    assert.equal(await back(installer), true);
    assert.equal(await state(made), '7: miners=channel 1,a=1,c=1,own=mine too');
    assert.equal(made.engine(), 'miners=channel 1,a=1,c=1,own=mine too');
    // And forth again.
    assert.equal(await back(installer), true);
    assert.equal(await state(made), '8: miners=channel 2,a=2,c=1,own=mine too');
    const fresh = world();
    await fresh.installer.install({ texts: new Map([['a', list('1')]]), order });
    assert.equal(await back(fresh.installer), false, 'there is nothing to go back to');
    await fresh.installer.install({ texts: new Map([['b', list('1')]]), order });
    assert.equal(await back(fresh.installer), false, 'a list more is nothing to go back from');
  });

  let ends = 0;
  for (const [name, act] of kinds) {
    test(`${name}: ended at every step, nothing is lost`, async () => {
      const whole = await prepared();
      const before = await state(whole);
      const count = new Fate();
      whole.disk.fate = count;
      whole.net.fate = count;
      await act(whole.installer);
      const after = await state(whole);
      assert.notEqual(after, before);
      assert.ok(count.steps >= 6);
      for (let step = 1; step <= count.steps; step += 1) {
        ends += 1;
        const made = await prepared();
        made.disk.fate = made.net.fate = new Fate(step);
        await act(made.installer).catch(() => undefined);
        // The next start of the background: same disk, same browser.
        made.disk.fate = made.net.fate = new Fate();
        const next = world(made.disk, made.net);
        await next.installer.recover(false);
        const found = await state(next);
        assert.ok(found === before || found === after, `ended at step ${step}: ${found}`);
        // And it goes on from there.
        await next.installer.install({ texts: new Map([['a', list('9')]]), order });
        assert.match(await state(next), /a=9/u);
      }
    });

    test(`${name}: a full disk or a browser that refuses leaves the state before`, async () => {
      const whole = await prepared();
      const before = await state(whole);
      const count = new Fate();
      whole.disk.fate = whole.net.fate = count;
      await act(whole.installer);
      const after = await state(whole);
      for (let step = 1; step <= count.steps; step += 1) {
        const made = await prepared();
        made.disk.fate = made.net.fate = new Fate(step, true);
        const refused = await act(made.installer).then(() => false, () => true);
        made.disk.fate = made.net.fate = new Fate();
        await made.installer.recover(false);
        const found = await state(made);
        assert.ok(found === before || found === after, `refused at step ${step}: ${found}`);
        if (refused && found === after) continue; // the very last write was done, but not heard of
        if (refused) assert.equal(found, before);
      }
    });
  }

  test('it was ended often enough to mean something', (context) => {
    context.diagnostic(`ended ${ends} times, nothing lost`);
    assert.ok(ends >= 40, String(ends));
  });

  test('of a store that was edited by hand, everything that is left comes into force again', async () => {
    const all = 'miners=channel 1,a=1,b=1';
    const edits: readonly (readonly [string, (values: Disk['values']) => void])[] = [
      [all, (values) => values.set('pointer', 'nonsense')],
      [all, (values) => values.set('pointer', { current: 'x', previous: -1, installing: {} })],
      [all, (values) => values.set('pointer', { current: 99, previous: 1, installing: null })],
      [all, (values) => values.delete('rules:2')],
      [all, (values) => values.delete('engine:2')],
      ['miners=channel 1,b=1', (values) => values.delete('text:a:1')],
      ['a=1,b=1', (values) => values.delete('channel:1')],
      // The state before.
      ['a=1', (values) => values.delete('generation:2')],
      ['a=1', (values) => values.set('generation:2', { number: 2 })],
      ['a=1', (values) => values.set('generation:2', { number: 3, lists: [], outcomes: [], channel: null, filters: 0 })],
    ];
    for (const [index, [expected, edit]] of edits.entries()) {
      const made = await prepared();
      edit(made.disk.values);
      const next = world(made.disk, made.net);
      const { damaged, cut, lost, channelLost } = await next.installer.recover(false);
      assert.ok(damaged && !cut, `edit ${index}`);
      // As the updates do it.
      await next.installer.install({ texts: new Map(lost.map((id) => [id, null])), ...(channelLost && { channel: null }), order });
      assert.equal((await state(next)).replace(/^\d+: /u, ''), expected, `edit ${index}`);
      assert.equal((await next.installer.recover(true)).damaged, false);
    }
  });

  test('without any state that can be read, the package is in force', async () => {
    const made = await prepared();
    for (const key of ['generation:1', 'generation:2']) made.disk.values.delete(key);
    const next = world(made.disk, made.net);
    assert.equal((await next.installer.recover(false)).damaged, true);
    assert.equal(await next.installer.current(), null);
    assert.deepEqual(next.net.rules, []);
    assert.equal(next.net.packagedOn, true);
    await next.installer.install({ texts: new Map([['a', list('9')]]), order });
    assert.match(await state(next), /a=9/u);
  });
});
