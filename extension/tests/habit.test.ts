// Watched code: what is taken for mining and what is let go, second by second.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Habit, type Second } from '../src/guard/habit.js';

const second = (part: Partial<Second>): Second => ({ busy: 0, began: null, workers: 1, own: false, talks: false, ...part });

/** Plays these seconds; after how many it was mining, or null. */
function play(count: number, of: (index: number) => Partial<Second>): number | null {
  const habit = new Habit();
  for (let index = 0; index < count; index += 1) if (habit.add(second(of(index))) !== null) return index + 1;
  return null;
}

describe('watched code is mining within ten seconds', () => {
  test('when one hash follows another', () => assert.equal(play(10, () => ({ busy: 950, began: true })), 8));
  test('when it rests nine tenths of each second', () => assert.equal(play(10, () => ({ busy: 100, began: true })), 8));
  test('when it skips a second now and then', () => assert.equal(play(10, (index) => ({ busy: index === 4 ? 0 : 500, began: true })), 9));
  test('when each hash takes long, and the rest after it longer than a second', () =>
    assert.equal(play(12, (index) => (index % 3 === 2 ? {} : { busy: 150, began: true })), 10));
  test('when several workers compute', () => assert.equal(play(10, () => ({ busy: 1000, workers: 4 })), 8));
  test('when one call never ends, and may hold one hash after another', () => assert.equal(play(10, () => ({ busy: 1000, own: true })), 10));
  test('when a socket talks like a miner', () => assert.equal(play(10, () => ({ busy: 1000, talks: true })), 8));
});

describe('watched code goes on', () => {
  test('when a password hash takes two seconds', () => assert.equal(play(60, (index) => ({ busy: index < 2 ? 1000 : 0, began: index < 2 })), null));
  test('when every minute has a password hash of three seconds', () =>
    assert.equal(play(3600, (index) => ({ busy: index % 60 < 3 ? 1000 : 0, began: index % 60 < 3 })), null));
  test('when a person signs in with a hash of two seconds, again and again', () =>
    assert.equal(play(600, (index) => ({ busy: index % 5 < 2 ? 1000 : 0, began: index % 5 === 0 })), null));
  test('when a page asks for a proof of 300 ms every five seconds', () =>
    assert.equal(play(600, (index) => (index % 5 === 0 ? { busy: 300, began: true } : {})), null));
  test('when a captcha takes seven seconds of every minute', () =>
    assert.equal(play(600, (index) => (index % 60 < 7 ? { busy: 900, began: true } : {})), null));
  test('when one key derivation takes twenty seconds', () => assert.equal(play(60, (index) => ({ busy: index < 20 ? 1000 : 0, began: index === 0 })), null));
  test('when a key derivation of nine seconds looks like any call', () => assert.equal(play(60, (index) => ({ busy: index < 9 ? 1000 : 0, own: true })), null));
  test('when it rests after a key derivation of thirteen seconds', () =>
    assert.equal(play(60, (index) => (index < 13 ? { busy: 1000, began: false } : { own: true })), null));
  test('when what surrounds it computes for twenty seconds', () => assert.equal(play(60, (index) => ({ busy: index < 20 ? 1000 : 0 })), null));
  test('when it is shared among four workers', () => assert.equal(play(60, (index) => ({ busy: index < 20 ? 1000 : 0, began: index === 0, workers: 4 })), null));
  test('when a captcha takes six seconds in four workers', () => assert.equal(play(60, (index) => ({ busy: index < 6 ? 1000 : 0, began: true, workers: 4 })), null));
  test('when what surrounds it works for an hour', () => assert.equal(play(3600, () => ({ busy: 0, began: true, workers: 4 })), null));
  test('when it computes a little in each second', () => assert.equal(play(3600, () => ({ busy: 30, began: true })), null));
});

test('hashes of a third of a second with three seconds of rest are mining after half a minute', () => {
  const found = play(60, (index) => (index % 3 === 0 ? { busy: 330, began: true } : {}));
  assert.ok(found !== null && found > 20 && found <= 32, String(found));
});

test('one computation without end is mining after half a minute', () => {
  const found = play(60, () => ({ busy: 1000, began: false }));
  assert.ok(found !== null && found > 30 && found < 40, String(found));
});
