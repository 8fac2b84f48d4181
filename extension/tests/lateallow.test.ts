// Promise: a page that the browser opened too late is loaded again with a rule that is not late, and never twice in a row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begun, forget, opened, start, worthAnother } from '../src/background/lateallow.js';

let changes = 0;
start(async () => {
  changes += 1;
});

test('a page is loaded again once, however many of its requests were blocked, and its tab stays open for that host', async () => {
  begun(1, 'a.test');
  const before = changes;
  const first = worthAnother(1, 'a.test');
  assert.deepEqual(opened(), [{ tabId: 1, host: 'a.test' }]);
  assert.equal(await worthAnother(1, 'a.test'), false);
  assert.equal(await first, true);
  assert.equal(changes, before + 1, 'the rule was put in force before');
  begun(1, 'a.test'); // loaded again, and all is well
  begun(1, 'a.test'); // a later visit
  assert.deepEqual(opened(), [{ tabId: 1, host: 'a.test' }]);
  begun(1, 'elsewhere.test');
  assert.deepEqual(opened(), []);
  assert.equal(changes, before + 2, 'and taken back when the tab went elsewhere');
  assert.equal(await worthAnother(1, 'a.test'), true, 'the gap may show again');
  forget(1);
  assert.deepEqual(opened(), []);
});

test('where the same happens again, another extension blocks, and the page is left alone', async () => {
  begun(2, 'b.test');
  assert.equal(await worthAnother(2, 'b.test'), true);
  begun(2, 'b.test');
  assert.equal(await worthAnother(2, 'b.test'), false);
  begun(2, 'b.test');
  assert.equal(await worthAnother(2, 'b.test'), false);
  assert.equal(await worthAnother(3, 'b.test'), false, 'in other tabs too');
  assert.equal(await worthAnother(3, 'c.test'), true);
});

test('a page that began before its rule was in force, and is blocked, does not accuse others', async () => {
  const asked = worthAnother(4, 'd.test');
  begun(4, 'd.test');
  assert.equal(await worthAnother(4, 'd.test'), false);
  assert.equal(await asked, true);
  begun(4, 'd.test');
  assert.equal(await worthAnother(5, 'd.test'), true);
});

test('requests of no tab are no reason to load anything', async () => {
  assert.equal(await worthAnother(-1, 'e.test'), false);
});
