// What becomes of things that were stopped: what the button counts, and what is written to the disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incoming } from '../src/background/events.js';
import { live } from './background.js';
import { Memory } from './memory.js';

const local = new Memory();
const open = [
  { id: 1, url: 'https://busy.test/', incognito: false },
  { id: 2, url: 'https://flood.test/', incognito: false },
  { id: 3, url: 'https://private.test/', incognito: true },
];
let letIn = false;
const nothing = (): Promise<void> => Promise.resolve();
Object.assign(globalThis, {
  chrome: {
    storage: { local, session: new Memory() },
    tabs: { query: () => Promise.resolve(open) },
    action: { setBadgeText: nothing, setIcon: nothing, setTitle: nothing },
    extension: { isAllowedIncognitoAccess: () => Promise.resolve(letIn) },
    i18n: { getMessage: () => '' },
    runtime: { getURL: (path: string) => path },
  },
});
const { events, tabs } = await live<{ events: typeof import('../src/background/events.js'); tabs: typeof import('../src/background/tabs.js') }>({ events: 'events', tabs: 'tabs' });

function incoming(part: Partial<Incoming> = {}): Incoming {
  return { tabId: 1, subject: 'module', url: 'https://m.test/x.wasm', frameUrl: '', outcome: 'block', how: 'content', family: '', algorithm: '', confidence: 100, evidence: [], ...part };
}

async function written(): Promise<string[]> {
  return (await events.log.query('', null, 500)).events.map(({ url }) => url);
}

test('nothing of private windows is written, nor what may be of one', async () => {
  await events.record(incoming({ tabId: 3, url: 'https://m.test/known' }));
  // A worker has no tab, and a tab can be closed before its event is worked off.
  await events.record(incoming({ tabId: -1, incognito: true, url: 'https://m.test/told' }));
  letIn = true;
  for (const tabId of [-1, 4]) await events.record(incoming({ tabId, url: `https://m.test/unknown${tabId}` }));
  assert.deepEqual(await written(), []);
  await events.record(incoming({ tabId: -1, incognito: false, url: 'https://m.test/open' }));
  letIn = false;
  await events.record(incoming({ tabId: 4, url: 'https://m.test/shut-out' }));
  assert.deepEqual(await written(), ['https://m.test/shut-out', 'https://m.test/open']);
  const stored = JSON.stringify([...local.items.values()]);
  assert.ok(stored.includes('open') && !stored.includes('known') && !stored.includes('told'));
});

test('the button counts what was stopped, however much was only seen', async () => {
  for (let each = 0; each < 60; each += 1) await events.record(incoming({ outcome: each % 2 === 0 ? 'watch' : 'monitor', url: `https://m.test/${each}` }));
  assert.equal(tabs.count(1), 0);
  // More at once than are kept.
  for (let each = 0; each < 5; each += 1) await events.record(incoming({ outcome: 'watch', tabId: 2, url: `https://n.test/${each}` }));
  assert.equal(tabs.count(2), 0);
  assert.equal(tabs.get(2)?.unlisted, 5);
  for (const tabId of [1, 2]) {
    await events.record(incoming({ tabId, url: 'https://m.test/miner.wasm' }));
    assert.equal(tabs.count(tabId), 1);
  }
});
