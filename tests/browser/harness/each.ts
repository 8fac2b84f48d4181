// Runs the same tests in each browser that was asked for (`NOMINE_BROWSERS`, default both).
import { after, before, describe } from 'node:test';
import { openChromium } from './chromium.js';
import { openFirefox } from './firefox.js';
import { Extension } from './extension.js';
import type { Browser, Name, Options } from './browser.js';
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
  options: Omit<Options, 'world'> = {},
): void {
  for (const name of names) {
    describe(`${title} (${name})`, () => {
      const stage = { name } as Stage;
      before(
        async () => {
          stage.world = await World.start(hosts());
          stage.browser = await open(name, { ...options, world: stage.world });
          if (options.extension !== false) stage.extension = await Extension.of(stage.browser, options.folder);
        },
        { timeout: 180_000 },
      );
      after(
        async () => {
          await stage.browser?.close();
          await stage.world?.stop();
        },
        { timeout: 60_000 },
      );
      tests(stage);
    });
  }
}
