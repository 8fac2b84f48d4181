// Promise: applications that use workers, WebAssembly and sockets for honest work do the same
// work with the extension as without it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appHost, apps, type App } from '../sites/apps/table.js';
import { inEachBrowser, until, type Stage } from './harness/index.js';

const hosts = (): Record<string, ReturnType<typeof appHost>> => ({ 'apps.test': appHost() });
const without = new Map<string, string>();

async function run(stage: Stage, app: App): Promise<{ outcome: string; stopped: readonly unknown[] }> {
  const page = await stage.browser.newPage();
  await page.goto(`https://apps.test/${app.name}`);
  const outcome = await until<string>(`${app.name} is done`, () => page.evaluate('window.outcome ?? null'), { within: 60_000, every: 200 });
  const stopped = stage.extension === undefined ? [] : (await stage.extension.state(page)).events.filter((event) => event.outcome === 'block');
  await page.close();
  return { outcome, stopped };
}

async function lacksGraphics(stage: Stage): Promise<boolean> {
  const page = await stage.browser.newPage();
  await page.goto('https://apps.test/');
  const lacks = await page.evaluate<[], boolean>('document.createElement("canvas").getContext("webgl2") === null');
  await page.close();
  return lacks;
}

inEachBrowser('applications without the extension', hosts, (stage) => {
  for (const app of apps) {
    test(app.name, async (context) => {
      if (app.graphics === true && (await lacksGraphics(stage))) return context.skip('no WebGL 2 here');
      const { outcome } = await run(stage, app);
      assert.ok(outcome.includes(app.expect), outcome);
      without.set(stage.name + app.name, outcome);
    });
  }
}, { extension: false });

inEachBrowser('applications with the extension', hosts, (stage) => {
  for (const app of apps) {
    test(`${app.name} does the same`, async (context) => {
      if (!without.has(stage.name + app.name)) return context.skip('it did not run without the extension');
      const { outcome, stopped } = await run(stage, app);
      assert.equal(outcome, without.get(stage.name + app.name));
      assert.deepEqual(stopped, []);
    });
  }
});
