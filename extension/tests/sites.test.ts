// Site rules: which one decides, what a change makes of them, and their text form.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guess } from '../src/background/domain.js';
import { read, write } from '../src/background/sitefile.js';
import { afterRestart, current, decide, decided, ended, exceptions, nextEnd, put, remove } from '../src/background/siterules.js';
import { canonical, hostFromInput, hostOf, presentable, within } from '../src/shared/host.js';
import type { Policy, SiteRule } from '../src/shared/model.js';

const now = 1_000_000;
function rule(name: string, part: Partial<SiteRule> = {}): SiteRule {
  return { name, scope: 'site', policy: 'allow', until: null, since: 0, by: 'person', ...part };
}

const policyOf = (rules: readonly SiteRule[], host: string, at: number): Policy => decide(rules, host, at)?.policy ?? 'protect';

describe('site rules', () => {
  test('a site covers its subdomains, a host only itself', () => {
    const site = [rule('example.com')];
    for (const host of ['example.com', 'www.example.com', 'a.b.example.com']) assert.equal(policyOf(site, host, now), 'allow');
    for (const host of ['example.org', 'badexample.com', 'com', '', 'example.com.evil.test']) assert.equal(policyOf(site, host, now), 'protect');
    const host = [rule('www.example.com', { scope: 'host' })];
    assert.equal(policyOf(host, 'www.example.com', now), 'allow');
    assert.equal(policyOf(host, 'a.www.example.com', now), 'protect');
    assert.equal(policyOf(host, 'example.com', now), 'protect');
  });

  test('an address is a site of its own', () => {
    const rules = [rule('0.0.1'), rule('[::1]')];
    assert.equal(decide(rules, '127.0.0.1', now), null);
    assert.equal(policyOf(rules, '[::1]', now), 'allow');
  });

  test('the closest rule decides', () => {
    const rules = [rule('example.com'), rule('shop.example.com', { policy: 'strict' }), rule('shop.example.com', { policy: 'monitor', scope: 'host' })];
    assert.equal(policyOf(rules, 'example.com', now), 'allow');
    assert.equal(policyOf(rules, 'a.shop.example.com', now), 'strict');
    assert.equal(policyOf(rules, 'shop.example.com', now), 'monitor');
    assert.equal(policyOf([...rules].reverse(), 'shop.example.com', now), 'monitor');
  });

  test("an organisation's rule outranks a person's", () => {
    const rules = [rule('a.example.com', { scope: 'host' }), rule('example.com', { by: 'organisation', policy: 'strict' })];
    assert.equal(policyOf(rules, 'a.example.com', now), 'strict');
    assert.deepEqual(remove(rules, 'example.com', 'site'), rules);
  });

  test('rules end at their time, at a restart, or never', () => {
    const rules = [rule('a.test', { until: now }), rule('b.test', { until: now + 1 }), rule('c.test', { until: 'restart' }), rule('d.test')];
    assert.deepEqual(rules.map(({ until }) => ended(until, now)), [true, false, false, false]);
    assert.deepEqual(current(rules, now).map(({ name }) => name), ['b.test', 'c.test', 'd.test']);
    assert.deepEqual(afterRestart(rules).map(({ name }) => name), ['a.test', 'b.test', 'd.test']);
    assert.equal(nextEnd(current(rules, now)), now + 1);
    assert.equal(nextEnd([rule('d.test')]), null);
    assert.equal(policyOf(rules, 'a.test', now), 'protect');
  });

  test('a rule replaces the one for the same name and scope, and can be removed', () => {
    const once = put([], rule('a.test'));
    const twice = put(once, rule('a.test', { policy: 'strict' }));
    assert.deepEqual(twice, [rule('a.test', { policy: 'strict' })]);
    assert.equal(put(twice, rule('a.test', { scope: 'host' })).length, 2);
    assert.deepEqual(remove(twice, 'a.test', 'site'), []);
    assert.deepEqual(remove(twice, 'a.test', 'host'), twice);
  });

  test('what was decided before a site was allowed holds again when that ends', () => {
    const strict = rule('a.test', { policy: 'strict', since: 1 });
    for (const until of [now, 'restart'] as const) {
      const allowed = decided([strict, rule('b.test')], rule('a.test', { until, scope: 'host' }));
      assert.equal(decide(allowed, 'a.test', now - 1)?.policy, 'allow');
      const longer = decided(allowed, rule('a.test', { until }));
      assert.equal(longer.length, 2);
      const over = until === 'restart' ? afterRestart(longer) : current(longer, now);
      assert.deepEqual(over.map(({ name, scope, policy, until: end }) => [name, scope, policy, end]), [['b.test', 'site', 'allow', null], ['a.test', 'site', 'strict', null]]);
      assert.deepEqual(decided(allowed, strict).at(-1), strict, 'another decision is by itself');
    }
    // What would have ended meanwhile does not come back.
    assert.deepEqual(current(decided([rule('a.test', { policy: 'strict', until: now - 1 })], rule('a.test', { until: now })), now), []);
    // It goes with what is exported and imported, without what is for now.
    const forNow = decided([strict], rule('a.test', { until: 'restart' }));
    assert.deepEqual(read(write(forNow), now).rules.map(({ policy, until }) => [policy, until]), [['strict', null]]);
  });

  test('exceptions are the differing rules inside a site', () => {
    const outer = rule('example.com');
    const rules = [outer, rule('in.example.com', { policy: 'strict' }), rule('also.example.com'), rule('example.org', { policy: 'strict' })];
    assert.deepEqual(exceptions(rules, outer, (other) => other.policy !== 'allow').map(({ name }) => name), ['in.example.com']);
    assert.deepEqual(exceptions(rules, rule('example.com', { scope: 'host' }), () => true), []);
  });
});

describe('import and export', () => {
  test('what is exported is imported again', () => {
    const rules = [rule('a.test', { until: now }), rule('b.test', { scope: 'host', policy: 'noscript' })];
    assert.deepEqual(read(write(rules), now), { rules, errors: [] });
  });

  test('rules for now, and those of an organisation, stay here', () => {
    assert.deepEqual(read(write([rule('a.test', { until: 'restart' }), rule('b.test', { by: 'organisation' })]), now).rules, []);
  });

  test('a plain list of hosts is read line by line, with errors by line', () => {
    const { rules, errors } = read('\uFEFF# mine\nExample.COM\r\n\nhttps://user@sub.example.org:8443/path\n! note\nbücher.example\nnot a host\n', now);
    assert.deepEqual(rules.map(({ name }) => name), ['example.com', 'sub.example.org', 'xn--bcher-kva.example']);
    assert.deepEqual(errors, ['line 7']);
  });

  test('broken files are refused with a reason, broken entries left out', () => {
    for (const text of ['', '{', '{"format":"other","version":1,"rules":[]}', '{"format":"nomine-sites","version":2,"rules":[]}', '{"format":"nomine-sites","version":1,"rules":{}}']) {
      const found = read(text, now);
      assert.deepEqual(found.rules, [], text);
      assert.deepEqual(found.errors, ['file'], text);
    }
    const mixed = { format: 'nomine-sites', version: 1, rules: [rule('a.test'), { ...rule('b.test'), policy: 'explode' }, rule('../etc'), rule('A.test'), 7, { ...rule('c.test'), by: 'organisation' }] };
    const found = read(JSON.stringify(mixed), now);
    assert.deepEqual(found.rules, [rule('a.test'), rule('c.test')]);
    assert.deepEqual(found.errors, ['rules[1].policy', 'rules[2].name', 'rules[3].name', 'rules[4]']);
  });
});

describe('hosts', () => {
  test('only web addresses have one; it is canonical', () => {
    assert.equal(hostOf('https://WWW.Example.com.:8443/x'), 'www.example.com');
    assert.equal(hostOf('wss://[::1]:9/'), '[::1]');
    for (const address of ['about:blank', 'file:///etc/passwd', 'chrome://settings', 'data:text/html,x', 'nonsense', '', undefined]) assert.equal(hostOf(address), '');
    assert.equal(canonical('A.B..'), 'a.b');
  });

  test('what a person types', () => {
    assert.equal(hostFromInput(' *.example.com '), 'example.com');
    assert.equal(hostFromInput('example.com/path?q'), 'example.com');
    assert.equal(hostFromInput('javascript:alert(1)'), '');
    assert.equal(hostFromInput('two words'), '');
    assert.equal(hostFromInput(''), '');
  });

  test('addresses are shown without credentials and fragment', () => {
    assert.equal(presentable('https://u:p@a.test/x?y#z'), 'https://a.test/x?y');
    assert.equal(presentable(`data:text/plain,${'x'.repeat(500)}`).length, 64);
    assert.equal(presentable(`https://a.test/${'x'.repeat(9_000)}`).length, 2_048);
  });

  test('within is by labels', () => {
    assert.ok(within('a.b.test', 'b.test'));
    assert.ok(!within('ab.test', 'b.test'));
  });

  test('without the suffix list the guess is rather narrow', () => {
    assert.equal(guess('a.b.example.com'), 'example.com');
    assert.equal(guess('www.example.co.uk'), 'example.co.uk');
    assert.equal(guess('me.github.io'), 'me.github.io');
    assert.equal(guess('www.bbc.com'), 'www.bbc.com');
    assert.equal(guess('localhost'), 'localhost');
  });
});
