// The log, the statistics and what else counts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { find } from '../src/background/floor.js';
import { Log } from '../src/background/log.js';
import { counted, empty } from '../src/background/statistics.js';
import { Uncloak } from '../src/background/uncloak.js';
import type { StopEvent } from '../src/shared/model.js';
import { Memory } from './memory.js';

function event(part: Partial<StopEvent> = {}): Omit<StopEvent, 'id'> {
  return { time: 1, tabId: 1, site: 'a.test', subject: 'script', url: 'https://m.test/x.js', frameUrl: '', outcome: 'block', how: 'list', family: '', algorithm: '', confidence: 100, evidence: [], count: 1, ...part };
}
const quiet = (): void => undefined;

describe('log', () => {
  test('ids rise strictly, also when the background dies between two writes', async () => {
    const area = new Memory();
    let last = 0;
    for (let start = 0; start < 20; start += 1) {
      const log = new Log(area, quiet, 1_000_000);
      for (let count = 0; count < start * 7; count += 1) {
        const { id } = await log.add(event());
        assert.ok(id > last, `${id} after ${last}`);
        last = id;
      }
      // No flush: this background is gone.
    }
  });

  test('ids rise even where the head is lost', async () => {
    const area = new Memory();
    const log = new Log(area, quiet, 1_000_000);
    let last = 0;
    for (let count = 0; count < 250; count += 1) last = (await log.add(event())).id;
    await log.flush();
    area.items.set('log.head', 'broken');
    area.items.delete('log.head~');
    assert.ok((await new Log(area, quiet).add(event())).id > last);
  });

  test('queries give the newest first, by page and by text', async () => {
    const log = new Log(new Memory(), quiet, 1_000_000);
    for (let count = 0; count < 230; count += 1) await log.add(event({ site: count % 10 === 0 ? 'rare.test' : 'a.test' }));
    const first = await log.query('', null, 100);
    assert.equal(first.events.length, 100);
    assert.ok(first.more);
    assert.ok(first.events.every((found, index) => index === 0 || found.id < (first.events[index - 1]?.id ?? 0)));
    const rest = await log.query('', first.events.at(-1)?.id ?? 0, 500);
    assert.equal(rest.events.length, 130);
    assert.ok(!rest.more);
    assert.equal((await log.query('RARE', null, 500)).events.length, 23);
    assert.equal((await log.query('nowhere', null, 500)).events.length, 0);
  });

  test('it is bounded', async () => {
    const area = new Memory();
    const log = new Log(area, quiet, 1_000_000);
    for (let count = 0; count < 3_000; count += 1) await log.add(event());
    await log.flush();
    assert.ok(area.keys('log.').length <= 22, String(area.keys('log.').length));
    const { events } = await log.query('', null, 5_000);
    assert.ok(events.length >= 1_900 && events.length <= 2_100, String(events.length));
  });

  test('the newest two thousand are kept, however short the lives of the background are', async () => {
    const area = new Memory();
    for (let life = 0; life < 2_500; life += 1) {
      const log = new Log(area, quiet, 1_000_000);
      await log.add(event({ url: `https://m.test/${life}` }));
      await log.flush();
      // Whoever reads the log takes nothing from it.
      if (life % 50 === 0) await new Log(area, quiet, 1_000_000).query('', null, 1);
    }
    const { events } = await new Log(area, quiet).query('', null, 5_000);
    assert.ok(events.length >= 1_900 && events.length <= 2_100, String(events.length));
    assert.equal(events[0]?.url, 'https://m.test/2499');
    assert.ok(events.every(({ id }, index) => index === 0 || id < (events[index - 1]?.id ?? 0)));
    assert.ok(area.keys('log.').length <= 22);
  });

  test('a log of an earlier version goes on', async () => {
    const area = new Memory({ 'log.head': { version: 1, data: { reserved: 301 } }, 'log.2': [{ ...event(), id: 251 }], 'log.3': [{ ...event(), id: 300 }] });
    const added = await new Log(area, quiet).add(event());
    assert.ok(added.id > 300);
    assert.deepEqual((await new Log(area, quiet).query('', null, 10)).events.map(({ id }) => id), [300, 251]);
  });

  test('reading the log writes nothing', async () => {
    const area = new Memory();
    await new Log(area, quiet).query('', null, 10);
    assert.equal(area.writes, 0);
  });

  test('a change is kept, unwritten events are not written, clearing forgets', async () => {
    const area = new Memory();
    const log = new Log(area, quiet, 1_000_000);
    const added = await log.add(event());
    log.change({ ...added, count: 5 });
    const secret = await log.unwritten(event({ site: 'secret.test' }));
    assert.ok(secret.id > added.id);
    await log.flush();
    assert.deepEqual((await new Log(area, quiet).query('', null, 10)).events, [{ ...added, count: 5 }]);
    assert.ok(!JSON.stringify([...area.items.values()]).includes('secret'));
    await log.clear();
    assert.deepEqual((await log.query('', null, 10)).events, []);
    assert.ok((await log.add(event())).id > secret.id);
  });

  test('broken chunks and entries are left out', async () => {
    const area = new Memory({ 'log.head': { version: 1, data: { reserved: 300 } }, 'log.1': 'garbage', 'log.2': [{ ...event(), id: 250 }, { id: 251 }, null] });
    assert.deepEqual((await new Log(area, quiet).query('', null, 10)).events.map(({ id }) => id), [250]);
  });
});

describe('statistics', () => {
  test('count by family, site and day; ninety days are kept', () => {
    let statistics = empty(0);
    for (let day = 0; day < 120; day += 1) statistics = counted(statistics, { time: day * 86_400_000, family: day % 2 === 0 ? 'RandomX' : '', site: 'a.test' });
    assert.equal(statistics.total, 120);
    assert.deepEqual(statistics.byFamily, { RandomX: 60, '': 60 });
    assert.deepEqual(statistics.bySite, { 'a.test': 120 });
    const days = Object.keys(statistics.byDay);
    assert.equal(days.length, 90);
    assert.equal(days[0], '1970-04-30');
  });

  test('names of objects are only names', () => {
    const statistics = counted(counted(empty(0), { time: 0, family: 'constructor', site: '__proto__' }), { time: 0, family: 'constructor', site: 'x' });
    assert.equal(statistics.byFamily['constructor'], 2);
  });

  test('tables are bounded: the smallest entry makes room', () => {
    let statistics = empty(0);
    for (let site = 0; site < 2_100; site += 1) for (let twice = 0; twice < (site === 0 ? 2 : 1); twice += 1) statistics = counted(statistics, { time: 0, family: '', site: `s${site}` });
    assert.equal(Object.keys(statistics.bySite).length, 2_000);
    assert.equal(statistics.bySite['s0'], 2);
  });
});

describe('names behind names', () => {
  test('are asked once, kept for a while, and empty where they are the same or unknown', async () => {
    let asked = 0;
    let now = 0;
    const uncloak = new Uncloak(
      {
        resolve: (host) => {
          asked += 1;
          return host === 'none.test' ? Promise.reject(new Error('unknown host')) : Promise.resolve({ canonicalName: host === 'same.test' ? 'same.test' : 'Miner.Test.' });
        },
      },
      () => now,
    );
    assert.deepEqual(await Promise.all([uncloak.canonicalName('a.test'), uncloak.canonicalName('a.test')]), ['miner.test', 'miner.test']);
    assert.equal(asked, 1);
    assert.equal(await uncloak.canonicalName('same.test'), '');
    assert.equal(await uncloak.canonicalName('none.test'), '');
    assert.equal(asked, 3);
    now = 40 * 60_000;
    await uncloak.canonicalName('a.test');
    assert.equal(asked, 4);
    for (let host = 0; host < 2_500; host += 1) await uncloak.canonicalName(`h${host}.test`);
    asked = 0;
    await uncloak.canonicalName('h2499.test');
    assert.equal(asked, 0);
    await uncloak.canonicalName('h0.test');
    assert.equal(asked, 1);
  });
});

describe('hosts of the packaged rules', () => {
  test('are found by whole labels', () => {
    const hosts = new Set(['miner.test', 'b.example.com']);
    assert.equal(find(hosts, 'ws.miner.test'), 'miner.test');
    assert.equal(find(hosts, 'miner.test'), 'miner.test');
    assert.equal(find(hosts, 'notminer.test'), '');
    assert.equal(find(hosts, 'example.com'), '');
    assert.equal(find(hosts, ''), '');
  });
});
