// The background starts on a browser of which a part is broken: what does not need that part is in force.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './background.js';
import { Memory } from './memory.js';

const installed: Record<string, { id: string | number }[]> = {};
const alarms: string[] = [];
const local = new Memory({
  sites: { version: 1, data: { rules: [{ name: 'a.test', scope: 'site', policy: 'strict', until: null, since: 1, by: 'person' }] } },
});

const list = { id: 'l', title: 'L', url: 'https://l.test/', mirrors: [], format: 'hosts', licence: '', homepage: '', enabled: true, expires: 24 };

/** Whatever is asked of it: a function that does nothing, or an event that is never heard. */
function played(known: Readonly<Record<string, unknown>> = {}): object {
  return new Proxy(() => Promise.resolve(), { get: (_target, name) => (name in known ? known[String(name)] : name === 'then' ? undefined : played()) });
}

Object.assign(globalThis, {
  indexedDB: {
    open: () => {
      throw new Error('the disk is broken');
    },
  },
  fetch: (address: string) => (address.endsWith('subscriptions.json') ? Promise.resolve(Response.json({ subscriptions: [list] })) : Promise.reject(new Error('no such file'))),
  chrome: played({
    storage: { local, session: new Memory() },
    tabs: played({ query: () => Promise.resolve([]) }),
    runtime: played({ getURL: (path: string) => `chrome-extension://id/${path}`, getManifest: () => ({ version: '1' }) }),
    i18n: { getMessage: () => '' },
    alarms: played({ create: (name: string) => Promise.resolve(void alarms.push(name)) }),
    scripting: played({
      getRegisteredContentScripts: () => Promise.resolve([]),
      registerContentScripts: (scripts: { id: string }[]) => Promise.resolve(void (installed['scripts'] = scripts)),
    }),
    declarativeNetRequest: played({
      getDynamicRules: () => Promise.resolve([]),
      getSessionRules: () => Promise.resolve([]),
      updateDynamicRules: ({ addRules }: { addRules: { id: number }[] }) => Promise.resolve(void (installed['rules'] = addRules)),
    }),
  }),
});
const complaints: string[] = [];
console.warn = (words: string) => void complaints.push(words);

test('policies are in force and lists are planned although the lists cannot be read', async () => {
  await live();
  const end = Date.now() + 5_000;
  while (Date.now() < end && (alarms.length === 0 || installed['rules'] === undefined || installed['scripts'] === undefined)) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(installed['rules']?.length, 'the rules of sites');
  assert.ok(installed['scripts']?.some(({ id }) => id === 'guard'), 'the guard');
  assert.ok(alarms.includes('lists'), 'the alarm of the lists');
  assert.ok(complaints.some((words) => words.includes('the disk is broken')));
});
