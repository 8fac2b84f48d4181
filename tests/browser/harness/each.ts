// Runs the same tests in each browser that was asked for (`NOMINE_BROWSERS`, default both).
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { openChromium } from './chromium.js';
import { openFirefox } from './firefox.js';
import { Extension } from './extension.js';
import { root, type Browser, type Name, type Options } from './browser.js';
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
  options: Omit<Options, 'world'> & { readonly permissions?: readonly string[] } = {},
): void {
  for (const name of names) {
    describe(`${title} (${name})`, () => {
      const stage = { name } as Stage;
      const folder = options.permissions === undefined ? options.folder : permitted(name, options.permissions);
      const placed = folder === undefined ? {} : { folder };
      before(
        async () => {
          stage.world = await World.start(hosts());
          stage.browser = await open(name, { ...options, ...placed, world: stage.world });
          if (options.extension !== false) stage.extension = await Extension.of(stage.browser, folder);
        },
        { timeout: 180_000 },
      );
      after(
        async () => {
          await stage.browser?.close();
          await stage.world?.stop();
          if (options.permissions !== undefined && folder !== undefined) rmSync(folder, { recursive: true });
        },
        { timeout: 60_000 },
      );
      tests(stage);
    });
  }
}

/** A copy of the extension that may ask the browser more than ours does (for looking inside only). */
function permitted(name: Name, more: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-permitted-'));
  cpSync(join(root, 'dist', name), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { permissions: string[] };
  writeFileSync(path, JSON.stringify({ ...manifest, permissions: [...manifest.permissions, ...more] }));
  return folder;
}
