// Stored values: whatever is in the storage, the extension starts, keeps what can be kept, and says so.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cell, copyOf, type Kept } from '../src/background/store.js';
import { integer, list, object, salvaged, string } from '../src/shared/read.js';
import { Memory } from './memory.js';

interface Value {
  readonly names: readonly string[];
  readonly count: number;
}

const kept: Kept<Value> = {
  key: 'thing',
  version: 2,
  read: object({ names: list(string(9), 5), count: integer(0) }),
  salvage: (value, refused) => object({ names: salvaged(string(9), 5, refused), count: integer(0) })(value),
  migrations: { 1: (old) => ({ names: (old as { names: unknown }).names, count: 7 }) },
  standard: () => ({ names: [], count: 0 }),
};
const good = { version: 2, data: { names: ['a', 'b'], count: 3 } };

function cellOf(area: Memory, clock = 1_000): { cell: Cell<Value>; complaints: string[] } {
  const complaints: string[] = [];
  return { cell: new Cell(kept, area, (part, detail) => complaints.push(`${part}: ${detail}`), () => clock), complaints };
}

describe('store', () => {
  test('nothing stored is the standard, without a complaint', async () => {
    const { cell, complaints } = cellOf(new Memory());
    assert.deepEqual(await cell.load(), { names: [], count: 0 });
    assert.deepEqual(complaints, []);
  });

  test('what is set is what is loaded, now and by another start', async () => {
    const area = new Memory();
    const { cell } = cellOf(area);
    await cell.load();
    await cell.set({ names: ['x'], count: 1 });
    assert.deepEqual(await cell.load(), { names: ['x'], count: 1 });
    assert.deepEqual(await cellOf(area).cell.load(), { names: ['x'], count: 1 });
  });

  test('the value before the last change is kept as a copy', async () => {
    const area = new Memory({ thing: good });
    const { cell } = cellOf(area);
    await cell.set({ names: ['x'], count: 1 });
    assert.deepEqual(area.items.get(copyOf('thing')), good);
  });

  test('an older version is brought up to date', async () => {
    const { cell, complaints } = cellOf(new Memory({ thing: { version: 1, data: { names: ['old'] } } }));
    assert.deepEqual(await cell.load(), { names: ['old'], count: 7 });
    assert.deepEqual(complaints, []);
  });

  const broken: Readonly<Record<string, unknown>> = {
    'no envelope': 'garbage',
    null: null,
    'a list': [1, 2],
    'another shape': { version: 2, data: 12 },
    'a wrong field': { version: 2, data: { names: ['a'], count: 'many' } },
    'a newer version': { version: 3, data: good.data },
    'no version': { version: 'two', data: good.data },
    'version zero': { version: 0, data: good.data },
  };
  for (const [what, value] of Object.entries(broken)) {
    test(`${what}: the last good copy is used, the broken value set aside, and it is said`, async () => {
      const area = new Memory({ thing: value, [copyOf('thing')]: good });
      const { cell, complaints } = cellOf(area);
      assert.deepEqual(await cell.load(), good.data);
      assert.equal(complaints.length, 1);
      assert.match(complaints[0] ?? '', /^storage\.thing: .*the last good copy is used$/u);
      assert.deepEqual(area.items.get('broken.thing.1000'), value);
      assert.deepEqual(area.items.get('thing'), good);
    });
    test(`${what} and no copy: starts afresh, nothing lost`, async () => {
      const area = new Memory({ thing: value });
      const { cell, complaints } = cellOf(area);
      assert.deepEqual(await cell.load(), kept.standard());
      assert.match(complaints[0] ?? '', /started afresh$/u);
      assert.deepEqual(area.items.get('broken.thing.1000'), value);
    });
  }

  test('a value of which a part is broken keeps the rest', async () => {
    const value = { version: 2, data: { names: ['a', 5, 'much too long', 'b'], count: 1 } };
    const area = new Memory({ thing: value, [copyOf('thing')]: good });
    const { cell, complaints } = cellOf(area);
    assert.deepEqual(await cell.load(), { names: ['a', 'b'], count: 1 });
    assert.match(complaints[0] ?? '', /the rest was kept, 2 set aside/u);
    assert.deepEqual(area.items.get('broken.thing.1000'), value);
  });

  test('only the three newest broken values are kept', async () => {
    const area = new Memory({ thing: 'bad', 'broken.thing.1': 1, 'broken.thing.2': 2, 'broken.thing.3': 3 });
    await cellOf(area).cell.load();
    assert.deepEqual(area.keys('broken.'), ['broken.thing.1000', 'broken.thing.2', 'broken.thing.3'].sort());
  });

  test('a failing write is reported and does not stop anything', async () => {
    const area = new Memory({ thing: good });
    area.failAfter = 0;
    const { cell, complaints } = cellOf(area);
    await cell.set({ names: [], count: 9 });
    assert.equal((await cell.load()).count, 9);
    assert.match(complaints[0] ?? '', /not written: the disk is full/u);
    assert.deepEqual(area.items.get('thing'), good);
  });

  test('a storage that cannot be read at all gives the standard', async () => {
    const area = new Memory();
    area.get = () => Promise.reject(new Error('corrupt'));
    const { cell, complaints } = cellOf(area);
    assert.deepEqual(await cell.load(), kept.standard());
    assert.match(complaints[0] ?? '', /not readable: corrupt/u);
  });

  test('changes that are made at the same time are all there', async () => {
    const area = new Memory({ thing: good });
    const { cell } = cellOf(area);
    await Promise.all(['x', 'y'].map((name) => cell.change(({ names, count }) => ({ names: [...names, name], count: count + 1 }))));
    assert.deepEqual(area.items.get('thing'), { version: 2, data: { names: ['a', 'b', 'x', 'y'], count: 5 } });
    const { writes } = area;
    await cell.change((value) => value);
    assert.equal(area.writes, writes, 'what stays as it is is not written');
  });

  test('changes are written in their order', async () => {
    const area = new Memory();
    const { cell } = cellOf(area);
    await Promise.all([1, 2, 3, 4].map((count) => cell.set({ names: [], count })));
    assert.deepEqual(area.items.get('thing'), { version: 2, data: { names: [], count: 4 } });
  });
});
