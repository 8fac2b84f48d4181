// Promise: whatever Content-Security-Policy a page has, the workers that start under it without the
// extension start with it, do the same, and the page reports no other violations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, js, outcomeOf, type Answer, type Host, type Stage } from './harness/index.js';

const policies: readonly string[] = [
  "worker-src blob:; script-src 'nonce-own'",
  "worker-src 'self' blob: data:; script-src 'nonce-own' 'strict-dynamic'",
  "script-src 'nonce-own' 'strict-dynamic'",
  "script-src 'nonce-own' 'self' blob:",
  "script-src 'nonce-own' 'self' blob: data:; connect-src 'none'",
  "child-src 'self' blob: data:; script-src 'nonce-own'",
  "default-src 'none'; script-src 'nonce-own'; worker-src 'self' blob: data:",
  "default-src 'self' 'nonce-own' blob: data:; require-trusted-types-for 'script'; trusted-types own",
  "require-trusted-types-for 'script'; trusted-types default",
  "frame-ancestors 'none'",
  "sandbox allow-scripts allow-same-origin; script-src 'nonce-own' 'self' blob:",
];
/** In windows that a page without a policy opens: there its guard comes first. */
const opened: readonly string[] = ["worker-src blob:; script-src 'nonce-own'", "script-src 'nonce-own' 'self'", "worker-src 'self' blob: data:; script-src 'nonce-own'", ''];

const page = (policy: string, inside = false): Answer =>
  html(
    `${inside ? `<meta http-equiv="content-security-policy" content="${policy}">` : ''}<script nonce="own">
    const violations = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push([effectiveDirective, blockedURI.split(':')[0]]));
    // By name where the policy has that name; else every text is asked about.
    const asked = [];
    const ask = (address) => { asked.push(address.split(':')[0]); return address; };
    const own = ${!policy.endsWith(' default')} ? globalThis.trustedTypes?.createPolicy('own', { createScriptURL: ask }) : undefined;
    if (own === undefined) globalThis.trustedTypes?.createPolicy('default', { createScriptURL: ask });
    const trusted = (address) => own === undefined ? address : own.createScriptURL(address);
    const text = (how) => how === 'import' ? 'import { said } from "' + location.origin + '/said.js"; postMessage(said);' : 'postMessage("said");';
    const blob = (how) => URL.createObjectURL(new Blob([text(how)], { type: 'text/javascript' }));
    const data = (how) => 'data:text/javascript,' + encodeURIComponent(text(how));
    const outcome = (address, options) => new Promise((done) => {
      setTimeout(done, 3000, 'silent');
      try {
        const worker = new Worker(trusted(address), options);
        worker.onmessage = (event) => done(event.data);
        worker.onerror = ({ type }) => done(type);
      } catch (error) {
        done(error.name);
      }
    });
    (async () => {
      const all = {};
      for (const type of ['classic', 'module']) {
        for (const how of type === 'module' ? ['plain', 'import'] : ['plain']) {
          all[type + ' blob ' + how] = await outcome(blob(how), { type });
          all[type + ' data ' + how] = await outcome(data(how), { type });
        }
        all[type + ' network'] = await outcome('/worker.js', { type });
      }
      try {
        all.service = await navigator.serviceWorker.register(trusted('/service.js'), { scope: '/none' }).then(() => 'registered', ({ name }) => name);
      } catch ({ name }) {
        all.service = name;
      }
      await new Promise((done) => setTimeout(done, 100));
      window.outcome = JSON.stringify({ all, asked, violations: violations.map(String).sort() });
      if (window.opener !== null) window.opener.outcome = window.outcome;
    })();
    </script>`,
    policy === '' || inside ? {} : { 'content-security-policy': policy },
  );

const hosts = (): Record<string, Host> => ({
  'policy.test': {
    pages: {
      ...Object.fromEntries(policies.map((policy, index) => [`/${index}`, page(policy)])),
      ...Object.fromEntries(policies.map((policy, index) => [`/inside/${index}`, page(policy, true)])),
      ...Object.fromEntries(opened.map((policy, index) => [`/opened/${index}`, page(policy)])),
      ...Object.fromEntries(opened.map((_, index) => [`/opens/${index}`, html(`<script>window.open('/opened/${index}')</script>`)])),
      '/worker.js': js('postMessage("said");'),
      '/service.js': js('// nothing'),
      '/said.js': { ...js('export const said = "said";'), headers: { 'access-control-allow-origin': '*' } },
    },
  },
});

const tried: readonly (readonly [string, string])[] = [
  ...policies.map((policy, index) => [policy, `${index}`] as const),
  ...policies.map((policy, index) => [`${policy} (in a meta element)`, `inside/${index}`] as const),
  ...opened.map((policy, index) => [`${policy || 'none'} (in a window that was opened)`, `opens/${index}`] as const),
];
const popups = { arguments: ['--disable-popup-blocking'], preferences: { 'dom.disable_open_during_load': false } };

const outcomes = new Map<string, unknown>();
const outcome = (stage: Stage, path: string): Promise<unknown> => outcomeOf(stage, `https://policy.test/${path}`, 40_000);

inEachBrowser('workers under a policy, without the extension', hosts, (stage) => {
  for (const [title, path] of tried) {
    test(title, async () => {
      const found = await outcome(stage, path);
      assert.ok(JSON.stringify(found).includes('"said"'), JSON.stringify(found));
      outcomes.set(`${stage.name} ${title}`, found);
    });
  }
}, { extension: false, ...popups });

inEachBrowser('workers under a policy', hosts, (stage) => {
  for (const [title, path] of tried) {
    test(title, async (context) => {
      const before = outcomes.get(`${stage.name} ${title}`);
      if (before === undefined) return context.skip('not without the extension either');
      assert.deepEqual(await outcome(stage, path), before);
    });
  }
}, popups);
