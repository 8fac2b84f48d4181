// Promise: a page that the browser opened too late is loaded again, and never twice in a row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begun, forget, worthAnother } from '../src/background/lateallow.js';

test('a page is loaded again once, however many of its requests were blocked', () => {
  begun(1);
  assert.equal(worthAnother(1, 'a.test'), true);
  assert.equal(worthAnother(1, 'a.test'), false);
  begun(1); // loaded again, and all is well
  begun(1); // a later visit
  assert.equal(worthAnother(1, 'a.test'), true, 'the gap may show again');
  forget(1);
});

test('where the same happens again, another extension blocks, and the page is left alone', () => {
  begun(2);
  assert.equal(worthAnother(2, 'b.test'), true);
  begun(2);
  assert.equal(worthAnother(2, 'b.test'), false);
  begun(2);
  assert.equal(worthAnother(2, 'b.test'), false);
  assert.equal(worthAnother(3, 'b.test'), false, 'in other tabs too');
  assert.equal(worthAnother(3, 'c.test'), true);
});

test('requests of no tab are no reason to load anything', () => {
  assert.equal(worthAnother(-1, 'd.test'), false);
});
