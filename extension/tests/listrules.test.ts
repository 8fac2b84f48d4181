// The browser's dynamic rules are changed by what differs, and by nothing else.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { floorOfSiteRules, type Rule } from '../src/background/dnr.js';
import { difference } from '../src/background/listrules.js';

const rule = (id: number, filter: string): Rule => ({ id, priority: 1, action: { type: 'block' }, condition: { urlFilter: filter } }) as Rule;
const filters = (rules: readonly Rule[]): (string | undefined)[] => rules.map(({ condition }) => condition.urlFilter);

/** What the browser has after a change. */
function after(present: readonly Rule[], { removeRuleIds, addRules }: ReturnType<typeof difference>): readonly Rule[] {
  const left = present.filter(({ id }) => !removeRuleIds.includes(id));
  const taken = new Set(left.map(({ id }) => id));
  for (const { id } of addRules) {
    assert.ok(!taken.has(id), `${id} is free`);
    taken.add(id);
  }
  return [...left, ...addRules];
}

describe('the difference of rules', () => {
  test('between equal rules is nothing, whatever their numbers and the order of their fields', () => {
    const present = [rule(7, 'a'), rule(3, 'b')];
    const wanted = [rule(1, 'a'), { condition: { urlFilter: 'b' }, action: { type: 'block' }, priority: 1, id: 2 } as Rule];
    assert.deepEqual(difference(present, wanted), { removeRuleIds: [], addRules: [] });
  });

  test('leaves what stays, and gives new rules numbers that are free', () => {
    const present = [rule(1, 'a'), rule(2, 'b'), rule(3, 'c')];
    const change = difference(present, [rule(1, 'b'), rule(2, 'd'), rule(3, 'c'), rule(4, 'e')]);
    assert.deepEqual([change.removeRuleIds, change.addRules.map(({ id }) => id), filters(change.addRules)], [[1], [1, 4], ['d', 'e']]);
    assert.deepEqual(filters(after(present, change)).sort(), ['b', 'c', 'd', 'e']);
  });

  test('does not touch the rules of site policies', () => {
    const site = rule(floorOfSiteRules + 1, 'site');
    const change = difference([site, rule(1, 'a')], []);
    assert.deepEqual(change, { removeRuleIds: [1], addRules: [] });
    assert.deepEqual(filters(difference([site], [rule(1, 'site')]).addRules), ['site'], 'an equal one of a list is one of its own');
  });

  test('tells rules apart that differ in anything but the number', () => {
    const change = difference([rule(1, 'a')], [{ ...rule(1, 'a'), priority: 2 }]);
    assert.deepEqual([change.removeRuleIds, change.addRules.map(({ id, priority }) => [id, priority])], [[1], [[1, 2]]]);
  });

  test('keeps one of two equal ones where one is wanted, and makes a second where two are', () => {
    assert.equal(after([rule(1, 'a'), rule(2, 'a')], difference([rule(1, 'a'), rule(2, 'a')], [rule(9, 'a')])).length, 1);
    const change = difference([rule(1, 'a')], [rule(1, 'a'), rule(2, 'a')]);
    assert.deepEqual(filters(after([rule(1, 'a')], change)), ['a', 'a']);
  });

  test('of any two sets leads from the one to the other', () => {
    // A small generator with a fixed seed: the same sets each time.
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const set = (): Rule[] => Array.from({ length: random(30) }, (_, index) => rule(index + 1, `f${random(40)}`));
    for (let turn = 0; turn < 500; turn += 1) {
      const [present, wanted] = [set(), set()];
      assert.deepEqual(filters(after(present, difference(present, wanted))).sort(), filters(wanted).sort());
    }
  });
});
