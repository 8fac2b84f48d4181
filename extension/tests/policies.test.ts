// Site policies as rules of the browser and as registration of the guard.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile, type Rule } from '../src/background/dnr.js';
import { patterns, scripts } from '../src/background/guard.js';
import type { SiteRule } from '../src/shared/model.js';

function rule(name: string, part: Partial<SiteRule> = {}): SiteRule {
  return { name, scope: 'site', policy: 'allow', until: null, since: 0, by: 'person', ...part };
}
const chromium = (rules: SiteRule[]): readonly Rule[] => compile(rules, null, false).dynamic;
const firefox = (rules: SiteRule[]): readonly Rule[] => compile(rules, null, true).dynamic;

/** What is in force beside sites. */
const besides = (part: Parameters<typeof compile>[3]): { dynamic: readonly Rule[]; session: readonly Rule[] } => compile([], null, false, part);

describe('site policies as browser rules', () => {
  test('nothing decided, nothing installed', () => {
    for (const isFirefox of [true, false]) assert.deepEqual(compile([], null, isFirefox), { dynamic: [], session: [] });
    assert.deepEqual(chromium([rule('a.test', { policy: 'protect' })]), []);
  });

  test('Chromium: allowed sites are one rule by top site, however many', () => {
    const rules = chromium(Array.from({ length: 5_000 }, (_, index) => rule(`s${index}.test`)));
    assert.equal(rules.length, 2);
    const inside = rules.find(({ condition }) => condition.topDomains !== undefined);
    assert.equal(inside?.condition.topDomains?.length, 5_000);
    assert.equal(inside?.action.type, 'allow');
    for (const type of ['websocket', 'webtransport', 'script', 'main_frame', 'other']) assert.ok(inside?.condition.resourceTypes?.includes(type as never), type);
  });

  test('Firefox: pages by allowAllRequests, workers by initiator, no topDomains', () => {
    const rules = firefox([rule('a.test')]);
    assert.ok(rules.every(({ condition }) => condition.topDomains === undefined));
    assert.deepEqual(rules.map(({ action }) => action.type), ['allowAllRequests', 'allow']);
    assert.deepEqual(rules[1]?.condition.initiatorDomains, ['a.test']);
    assert.ok(rules[1]?.condition.resourceTypes?.includes('beacon' as never));
  });

  test('one host is one host: its subdomains are not opened', () => {
    const [http, https, ...others] = chromium([rule('www.a.test', { scope: 'host' })]);
    assert.equal(http?.condition.urlFilter, '|http://www.a.test^');
    assert.equal(https?.condition.urlFilter, '|https://www.a.test^');
    assert.deepEqual(http?.condition.requestDomains, ['www.a.test']);
    assert.deepEqual(others, []);
  });

  test('monitored sites are opened like allowed ones', () => {
    assert.deepEqual(chromium([rule('a.test', { policy: 'monitor' })]).map(({ condition }) => condition), chromium([rule('a.test')]).map(({ condition }) => condition));
  });

  test('strict and noscript add a policy to documents and never loosen one', () => {
    for (const [policy, part] of [['strict', "worker-src 'none'"], ['noscript', "script-src 'none'"]] as const) {
      const headers = chromium([rule('a.test', { policy })]).filter(({ action }) => action.type === 'modifyHeaders');
      assert.equal(headers.length, 2);
      for (const { action } of headers) {
        assert.equal(action.responseHeaders?.length, 1);
        assert.equal(action.responseHeaders?.[0]?.operation, 'append');
        assert.ok(action.responseHeaders?.[0]?.value?.includes(part));
      }
    }
    assert.ok(chromium([rule('a.test', { policy: 'noscript' })]).some(({ action, condition }) => action.type === 'block' && condition.resourceTypes?.includes('script' as never)));
  });

  test('a site inside another has the higher priority and is taken out of it', () => {
    const rules = chromium([rule('a.test'), rule('in.a.test', { policy: 'strict' })]);
    const open = rules.filter(({ action }) => action.type === 'allow');
    const strict = rules.filter(({ action }) => action.type === 'modifyHeaders');
    assert.ok(open.every(({ condition }) => (condition.excludedTopDomains ?? condition.excludedRequestDomains)?.includes('in.a.test')));
    assert.ok(Math.min(...strict.map(({ priority }) => priority ?? 1)) > Math.max(...open.map(({ priority }) => priority ?? 1)));
  });

  test('what ends at a restart is a session rule; ids are unique in each set', () => {
    const { dynamic, session } = compile([rule('a.test'), rule('b.test', { until: 'restart' }), rule('c.test', { scope: 'host' })], 'restart', false, { passes: [{ host: 'm.test', tabId: 4 }], lifted: true });
    const text = JSON.stringify(dynamic);
    assert.ok(text.includes('a.test') && !text.includes('b.test'));
    assert.ok(JSON.stringify(session).includes('b.test'));
    for (const rules of [dynamic, session]) assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    assert.ok([...dynamic, ...session].every(({ id }) => id > 1_000_000));
  });

  test('a pause outranks everything, a lifted floor nothing that was decided', () => {
    const { dynamic, session } = compile([rule('a.test', { policy: 'noscript' })], Number.MAX_SAFE_INTEGER, true, { lifted: true });
    const priority = (found: Rule | undefined): number => found?.priority ?? 0;
    const pause = dynamic.find(({ id }) => id === 1_900_000);
    const lift = session.find(({ id }) => id === 1_900_001);
    const decided = dynamic.filter(({ id }) => id < 1_900_000);
    assert.ok(decided.length > 0 && pause !== undefined && lift !== undefined);
    assert.ok(decided.every((found) => priority(found) < priority(pause) && priority(found) > priority(lift)));
  });

  test('a way through opens the page in its tab and nothing else', () => {
    const [pass] = compile([], null, false, { passes: [{ host: 'm.test', tabId: 4 }] }).session;
    assert.deepEqual(pass?.condition, { requestDomains: ['m.test'], tabIds: [4], resourceTypes: ['main_frame'] });
  });

  test('allowed modules are one rule for each site, which names them in the address of its answer', () => {
    const [first, second] = ['1'.repeat(64), '2'.repeat(64)] as const;
    const { dynamic, session } = besides({ allowed: [{ site: 'a.test', content: first, since: 1 }, { site: 'b.test', content: first, since: 1 }, { site: 'a.test', content: second, since: 1 }] });
    assert.deepEqual(session, []);
    assert.deepEqual(dynamic.map(({ condition, action }) => [condition.initiatorDomains, action.redirect?.extensionPath?.split('?')[1]]), [[['a.test'], `${first}+${second}`], [['b.test'], first]]);
  });

  test('scriptlets of followed lists are one rule in Chromium, whose answer carries them', () => {
    const [only, ...more] = besides({ calls: '[1]' }).dynamic;
    assert.deepEqual(more, []);
    assert.deepEqual([only?.condition.urlFilter, only?.condition.resourceTypes, only?.action.redirect?.extensionPath], ['|https://scriptlets.nomine.invalid/|', ['xmlhttprequest'], '/neutral/noop.txt?%5B1%5D']);
    assert.deepEqual([besides({}).dynamic, compile([], null, true, { calls: '[1]' }).dynamic], [[], []]);
  });

  test('services that ask first are opened by choice only; miners that were found are closed until the browser ends', () => {
    const { dynamic, session } = besides({ hiddenOnly: true, banned: ['https://m.test/a.js?x=1'] });
    assert.equal(dynamic[0]?.action.type, 'allow');
    assert.ok(dynamic[0]?.condition.requestDomains?.includes('authedmine.com'));
    assert.equal(session[0]?.condition.urlFilter, '|https://m.test/a.js?x=1|');
    assert.equal(session[0]?.action.type, 'block');
    assert.ok((session[0]?.priority ?? 0) > (dynamic[0]?.priority ?? 0));
  });
});

describe('registration of guard and relay', () => {
  const ids = (rules: SiteRule[]): string[] => scripts(rules, null).map(({ id }) => id);

  test('everywhere by default, at once, in every frame, kept over restarts', () => {
    const all = scripts([], null);
    assert.deepEqual(all.map(({ id, world }) => [id, world]), [['relay', 'ISOLATED'], ['guard', 'MAIN']]);
    for (const script of all) {
      assert.deepEqual(script.matches, ['<all_urls>']);
      assert.ok(script.allFrames && script.matchOriginAsFallback && script.persistAcrossSessions && script.runAt === 'document_start');
    }
  });

  test('told of signatures that came with an update, and of policies, where there are any', () => {
    const told = (rules: SiteRule[], updated: boolean): readonly string[] | undefined => scripts(rules, null, [], updated).find(({ id }) => id === 'relay')?.js;
    assert.deepEqual(told([], false), ['relay.js']);
    assert.deepEqual(told([], true), ['updated-signatures.js', 'relay.js']);
    assert.deepEqual(told([rule('a.test')], true), ['policy-sites.js', 'updated-signatures.js', 'relay.js']);
  });

  test('nowhere while paused', () => {
    assert.deepEqual(scripts([rule('a.test')], 'forever'), []);
  });

  test('not on allowed sites', () => {
    const [relay, guard] = scripts([rule('a.test'), rule('b.test', { scope: 'host' })], null);
    assert.deepEqual(relay?.excludeMatches, ['*://*.a.test/*', '*://b.test/*']);
    assert.deepEqual(guard?.excludeMatches, relay?.excludeMatches);
    // Only their frames inside other pages get one: there the page around decides.
    const framed = scripts([rule('a.test')], null).find(({ id }) => id === 'guard-allow');
    assert.deepEqual([framed?.js, framed?.matches], [['guard-framed.js'], ['*://*.a.test/*']]);
    assert.deepEqual(ids([rule('a.test')]), ['relay', 'guard', 'relay-allow', 'guard-allow']);
  });

  test('monitored and strict sites have the guard, and are told so before the relay', () => {
    const all = scripts([rule('m.test', { policy: 'monitor' }), rule('s.test', { policy: 'strict' }), rule('n.test', { policy: 'noscript' })], null);
    const by = Object.fromEntries(all.map((script) => [script.id, script]));
    assert.deepEqual(by['guard']?.excludeMatches, []);
    assert.deepEqual(by['relay']?.excludeMatches?.length, 3);
    assert.deepEqual(by['relay-monitor']?.js, ['policy-monitor.js', 'policy-sites.js', 'relay.js']);
    assert.deepEqual(by['relay-strict']?.js, ['policy-strict.js', 'policy-sites.js', 'relay.js']);
    assert.deepEqual(by['relay-strict']?.matches, ['*://*.s.test/*']);
    assert.deepEqual(by['relay-noscript']?.js, ['policy-strict.js', 'policy-sites.js', 'relay.js']);
  });

  test('a protected site inside an allowed one is guarded', () => {
    const all = scripts([rule('a.test'), rule('in.a.test', { policy: 'protect' })], null);
    assert.deepEqual(all.map(({ id }) => id), ['relay', 'guard', 'relay-protect', 'guard-protect', 'relay-allow', 'guard-allow']);
    assert.deepEqual(all[5]?.excludeMatches, ['*://*.in.a.test/*']);
    assert.deepEqual(all[3]?.matches, ['*://*.in.a.test/*']);
    assert.deepEqual(ids([rule('a.test', { policy: 'protect' })]), ['relay', 'guard']);
  });

  test('match patterns', () => {
    assert.deepEqual(patterns('a.test', 'site'), ['*://*.a.test/*']);
    assert.deepEqual(patterns('127.0.0.1', 'site'), ['*://127.0.0.1/*']);
    assert.deepEqual(patterns('[::1]', 'site'), ['*://[::1]/*']);
  });
});
