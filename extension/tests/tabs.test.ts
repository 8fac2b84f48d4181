// What a background knows of tabs that are older than itself: whether a page is the first in its tab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from './memory.js';

const began = Date.now();
const open = [
  { id: 1, url: 'https://old.test/', incognito: false },
  { id: 2, url: 'https://end.test/', incognito: false },
  { id: 3, url: 'https://end.test/', incognito: false },
];
const session = new Memory({ 'tab.1': { host: 'old.test', incognito: false, events: [], unlisted: 0 } });
Object.assign(globalThis, { chrome: { storage: { session }, tabs: { query: () => Promise.resolve(open) } } });
const tabs = await import('../src/background/tabs.js');
await tabs.load();

test('a page that was there before counts, however early the request', () => {
  assert.equal(tabs.hostBefore(1, 'https://end.test/', began - 50), 'old.test');
});

test('a tab that opened while the background slept has its first page, also where its address led on before', async () => {
  assert.equal(tabs.hostBefore(2, 'https://hop.test/', began - 50), '');
  assert.equal(tabs.hostBefore(2, 'https://end.test/', Date.now() + 50), '');
  await tabs.begin(2, 'https://end.test/');
  assert.equal(tabs.hostBefore(2, 'https://other.test/', began - 40), 'end.test', 'the page after it is not the first');
});

test('where the background was awake, another address is another page', () => {
  assert.equal(tabs.hostBefore(3, 'https://other.test/', Date.now() + 50), 'end.test');
});
