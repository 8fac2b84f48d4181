// Promise: with the extension a scope shows the same names, functions, descriptors and errors as without it: in a page,
// in a frame that it makes, and in workers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, js, outcomeOf, type Host, type Name, type Stage } from './harness/index.js';
import { survey, type Survey } from './survey.js';

// `__name` is what the compiler of these tests puts around functions.
const script = `const __name = (fn) => fn; addEventListener('error', (event) => event.preventDefault());\n${survey.toString()}\n`;
const inShared = js(`${script}onconnect = ({ ports: [port] }) => survey(self).then((all) => port.postMessage(all));`);
const inWorker = js(`${script}survey(self).then((all) => postMessage(all));`);
const page = html(`<body><script>${script}
  const inside = (address, options) => new Promise((done) => { new Worker(address, options).onmessage = ({ data }) => done(data); });
  const shared = () => new Promise((done) => { new SharedWorker('/shared.js').port.onmessage = ({ data }) => done(data); });
  (async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    window.outcome = JSON.stringify({
      page: await survey(window),
      frame: await survey(frame.contentWindow),
      'worker from the network': await inside('/worker.js'),
      'module worker': await inside('/worker.js', { type: 'module' }),
      'shared worker': await shared(),
      'worker from a blob': await inside(URL.createObjectURL(new Blob(['importScripts("' + location.origin + '/worker.js")']))),
    });
  })();
</script>`);
const hosts = (): Record<string, Host> => ({ 'alike.test': { pages: { '/': page, '/worker.js': inWorker, '/shared.js': inShared } } });

/** A `filesystem:` address is always whole; what is none is refused in other words in a worker that the guard loads. */
const otherwise: ReadonlySet<string> = new Set(['worker from the network: webkitResolveLocalFileSystemSyncURL()', 'module worker: webkitResolveLocalFileSystemSyncURL()']);

type Surveys = Record<string, Survey>;
const surveys = new Map<Name, Surveys>();

const made = (stage: Stage): Promise<Surveys> => outcomeOf(stage, 'https://alike.test/', 120_000);

inEachBrowser('a scope without the extension', hosts, (stage) => {
  test('can be looked at', async () => {
    const found = await made(stage);
    assert.ok(Object.keys(found['page'] ?? {}).length > 5_000);
    surveys.set(stage.name, found);
  });
}, { extension: false });

inEachBrowser('a scope', hosts, (stage) => {
  test('is the same from inside', async (context) => {
    const before = surveys.get(stage.name);
    if (before === undefined) return context.skip('not looked at without the extension');
    const now = await made(stage);
    const differ: string[] = [];
    for (const [where, all] of Object.entries(before)) {
      for (const name of new Set([...Object.keys(all), ...Object.keys(now[where] ?? {})])) {
        if (all[name] !== now[where]?.[name] && !otherwise.has(`${where}: ${name}`)) differ.push(`${where}: ${name}: ${all[name]} => ${now[where]?.[name]}`);
      }
    }
    assert.deepEqual(differ, []);
  });
});
