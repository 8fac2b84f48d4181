// Promise: whatever ends in the middle of an update, what is in force is one whole version, the one
// before or the one after: the background is stopped at many moments, and the browser is killed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Extension, World, names, open, pause, until, type Answer } from './harness/index.js';

const url = 'https://lists.test/list.txt';
/** Times that the background is stopped, and that the browser is killed. */
const stops = Number(process.env['NOMINE_STOPS'] ?? 20);
const crashes = Number(process.env['NOMINE_CRASHES'] ?? 4);

/** Long enough that an installation takes a while. */
const filler = Array.from({ length: 20_000 }, (_, index) => `filler-${index}.test\n`).join('');
const list = (version: number): string => `version-${version}.test\n${filler}`;

interface State {
  /** The versions that the engine stops. */
  readonly versions: readonly number[];
  /** Whether an installation is going on, by the store. */
  readonly installing: boolean;
  /** The browser's rules are those that are kept for the state in force. */
  readonly whole: boolean;
}

async function state(extension: Extension, candidates: readonly number[]): Promise<State> {
  const versions: number[] = [];
  for (const version of candidates) {
    const { blocked } = await extension.ask('lists.test', { url: `https://version-${version}.test/`, from: 'https://a.test/', kind: 'script' });
    if (blocked) versions.push(version);
  }
  const kept = await extension.evaluate<[], { installing: boolean; whole: boolean }>(async () => {
    const database = await new Promise<IDBDatabase>((done) => {
      const request = indexedDB.open('lists');
      request.onsuccess = () => done(request.result);
    });
    const values = database.transaction('values').objectStore('values');
    const get = (key: string): Promise<unknown> => new Promise((done) => {
      const request = values.get(key);
      request.onsuccess = () => done(request.result);
    });
    const pointer = (await get('pointer')) as { current: number; installing: number | null };
    const wanted = (await get(`rules:${pointer.current}`)) as chrome.declarativeNetRequest.Rule[];
    database.close();
    const present = await ((globalThis as { browser?: typeof chrome }).browser ?? chrome).declarativeNetRequest.getDynamicRules();
    const names = (rules: readonly chrome.declarativeNetRequest.Rule[]): string => rules.filter(({ id }) => id <= 1_000_000).flatMap(({ condition }) => condition.requestDomains ?? []).sort().join();
    return { installing: pointer.installing !== null, whole: names(wanted) === names(present) };
  });
  return { versions, ...kept };
}

/** What is in force after something ended: exactly one version, whole. */
async function settles(extension: Extension, candidates: readonly number[], place: string): Promise<number> {
  let last: State | undefined;
  await until(`${place}: the state is whole`, async () => {
    last = await state(extension, candidates);
    return !last.installing && last.whole;
  }).catch((error: unknown) => assert.fail(`${String(error)} ${JSON.stringify(last)}`));
  assert.equal(last?.versions.length, 1, `${place}: exactly one version, not ${JSON.stringify(last?.versions)}`);
  return last?.versions[0] ?? 0;
}

/** Asks for the list and does not wait. */
function pullWithout(extension: Extension, id: string): Promise<unknown> {
  return extension.evaluate((list: string) => {
    const { runtime } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
    void runtime.sendMessage({ type: 'lists.pull', payload: { id: list } }).catch(() => undefined);
    return null;
  }, id);
}

for (const name of names) {
  describe(`an update that is cut off (${name})`, () => {
    let version = 1;
    const served = { 'lists.test': { handle: (): Answer => ({ type: 'text/plain', body: list(version) }) } };

    test(`leaves one whole version in force: the background stopped ${stops} times`, { timeout: 600_000 }, async (context) => {
      const world = await World.start(served);
      const browser = await open(name, { world });
      try {
        const extension = await Extension.of(browser);
        version = 1;
        const { lists } = await extension.ask('lists.add', { url, title: 'list' });
        const { id } = lists.find((one) => one.url === url) ?? assert.fail('the list is there');
        // As it will be each time: by a background that has just started.
        await browser.stopBackground();
        await settles(extension, [1], 'at first');
        version = 2;
        const began = Date.now();
        await extension.ask('lists.pull', { id });
        const duration = Date.now() - began;
        let inForce = await settles(extension, [1, 2], 'undisturbed');
        assert.equal(inForce, 2);
        let after = 0;
        for (let stop = 0; stop < stops; stop += 1) {
          version += 1;
          await pullWithout(extension, id);
          await pause((duration * 2 * stop) / stops);
          await browser.stopBackground();
          const found = await settles(extension, [inForce, version], `stop ${stop}`);
          if (found === version) after += 1;
          inForce = found;
        }
        context.diagnostic(`${name}: stopped ${stops} times within twice the ${duration} ms of an update, ${after} times the new version was in force afterwards, nothing lost`);
        assert.ok(after > 0 && after < stops, 'some stops came in time, some too late');
        version += 1;
        await extension.ask('lists.pull', { id });
        assert.equal(await settles(extension, [inForce, version], 'in the end'), version);
      } finally {
        await browser.close();
        await world.stop();
      }
    });

    test(`leaves one whole version in force: the browser killed ${crashes} times`, { timeout: 600_000 }, async (context) => {
      const world = await World.start(served);
      const browser = await open(name, { world, installed: true });
      try {
        let extension = await Extension.of(browser);
        version = 1;
        const { lists } = await extension.ask('lists.add', { url, title: 'list' });
        const { id } = lists.find((one) => one.url === url) ?? assert.fail('the list is there');
        version = 2;
        const began = Date.now();
        await extension.ask('lists.pull', { id });
        const duration = Date.now() - began;
        let inForce = 2;
        // Chromium writes down what is installed only every ten seconds.
        await pause(12_000);
        for (let crash = 0; crash < crashes; crash += 1) {
          version += 1;
          await pullWithout(extension, id);
          await pause((duration * (crash + 1)) / (crashes + 1));
          await browser.crash();
          extension = await Extension.of(browser);
          inForce = await settles(extension, [inForce, version], `crash ${crash}`);
        }
        context.diagnostic(`${name}: killed ${crashes} times, nothing lost`);
        version += 1;
        await extension.ask('lists.pull', { id });
        assert.equal(await settles(extension, [inForce, version], 'in the end'), version);
      } finally {
        await browser.close();
        await world.stop();
      }
    });
  });
}
