// Runs the same tests in each browser that was asked for (`NOMINE_BROWSERS`, default both).
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { scriptletFiles } from '../../../build/scriptlets.mjs';
import { openChromium } from './chromium.js';
import { openFirefox } from './firefox.js';
import { Extension } from './extension.js';
import { root, until, type Browser, type Name, type Options } from './browser.js';
import { World, type Host } from './world.js';

export const names: readonly Name[] = (process.env['NOMINE_BROWSERS'] ?? 'chromium,firefox')
  .split(',')
  .filter((name): name is Name => name === 'chromium' || name === 'firefox');

export const open = (name: Name, options: Options): Promise<Browser> =>
  name === 'chromium' ? openChromium(options) : openFirefox(options);

/** Filled before the tests run. */
export interface Stage {
  readonly name: Name;
  world: World;
  browser: Browser;
  extension: Extension;
}

/** Declares `tests` once per browser, around a world with these hosts and one running browser. */
export function inEachBrowser(
  title: string,
  hosts: () => Readonly<Record<string, Host>>,
  tests: (stage: Stage) => void,
  options: Omit<Options, 'world'> & { readonly permissions?: readonly string[]; readonly filters?: string } = {},
): void {
  for (const name of names) {
    describe(`${title} (${name})`, () => {
      const stage = { name } as Stage;
      const copy = options.permissions !== undefined || options.filters !== undefined;
      let folder = options.folder;
      before(
        async () => {
          stage.world = await World.start(hosts());
          if (copy) folder = await changed(name, options.permissions ?? [], options.filters);
          const placed = folder === undefined ? {} : { folder };
          stage.browser = await open(name, { ...options, ...placed, world: stage.world });
          if (options.extension !== false) stage.extension = await Extension.of(stage.browser, folder);
        },
        { timeout: 180_000 },
      );
      after(
        async () => {
          await stage.browser?.close();
          await stage.world?.stop();
          if (copy && folder !== undefined) rmSync(folder, { recursive: true });
        },
        { timeout: 60_000 },
      );
      tests(stage);
    });
  }
}

/** What a page leaves in `window.outcome` as JSON, opened in a tab of its own. */
export async function outcomeOf<T>({ browser }: Stage, url: string, within: number): Promise<T> {
  const tab = await browser.newPage();
  await tab.goto(url);
  const found = await until<string>(`${url} has an outcome`, () => tab.evaluate('window.outcome ?? null'), { within });
  await tab.close();
  return JSON.parse(found) as T;
}

/**
 * A copy of the extension that may ask the browser more than ours does (for looking inside only), or
 * that comes with these filters in place of our list.
 */
async function changed(name: Name, more: readonly string[], filters?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-changed-'));
  cpSync(join(root, 'dist', name), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { permissions: string[] };
  writeFileSync(path, JSON.stringify({ ...manifest, permissions: [...manifest.permissions, ...more] }));
  if (filters !== undefined) await compileInto(name, folder, filters);
  return folder;
}

/** What the build does with our own list. */
async function compileInto(name: Name, folder: string, filters: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'nomine-lists-'));
  mkdirSync(join(work, 'lists'));
  writeFileSync(join(work, 'lists/miners.txt'), `! Title: test filters\n${filters}\n`);
  const command = join(root, 'target/debug/nomine');
  execFileSync(command, ['compile', '--lists', join(work, 'lists'), '--out', join(work, 'out')], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of ['miners.json', 'engine.bin']) cpSync(join(work, 'out', name, file), join(folder, 'rules', file));
  const calls = JSON.parse(readFileSync(join(work, 'out', name, 'scriptlets.json'), 'utf8')) as readonly unknown[];
  for (const [file, content] of await scriptletFiles(name, calls)) writeFileSync(join(folder, file), content);
  rmSync(work, { recursive: true });
}
