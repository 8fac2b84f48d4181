// Firefox by selenium-webdriver and geckodriver. Every connection goes through the test's world
// as a proxy. WebDriver knows one current window, so commands take turns.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Key, type WebDriver } from 'selenium-webdriver';
import firefox from 'selenium-webdriver/firefox.js';
import { again, callable, pause, root, type Browser, type Json, type Options, type Page } from './browser.js';
import { usedIn } from './processes.js';

const uuid = '6e6f6d69-6e65-4e00-8000-000000000001';

const program = (): string => process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';

function geckodriver(): string {
  const cache = process.env['NOMINE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'nomine');
  return process.env['GECKODRIVER'] ?? join(cache, 'geckodriver-0.37.1/bin/geckodriver');
}

class Turns {
  #last: Promise<unknown> = Promise.resolve();
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

class FirefoxPage implements Page {
  constructor(readonly driver: WebDriver, readonly handle: string, readonly turns: Turns) {}

  #here<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      // Switching shows the tab, also to the person who looks at another one.
      const current = await this.driver.getWindowHandle().catch(() => null);
      if (current !== this.handle) await this.driver.switchTo().window(this.handle);
      return work();
    });
  }
  goto(url: string): Promise<void> {
    return this.#here(() => settled(() => this.driver.get(url)));
  }
  reload(): Promise<void> {
    return this.#here(() => settled(() => this.driver.navigate().refresh()));
  }
  back(): Promise<void> {
    return this.#here(() => settled(() => this.driver.navigate().back()));
  }
  url(): Promise<string> {
    return this.#here(() => this.driver.getCurrentUrl());
  }
  title(): Promise<string> {
    return this.#here(() => this.driver.getTitle());
  }
  async evaluate<A extends readonly Json[], T>(code: string | ((...args: A) => T | Promise<T>), ...args: A): Promise<T> {
    // `null` stands for undefined in WebDriver; and what is thrown is told as text.
    const wrapped = `return ${callable(code, args)}.then((value) => ({ value }), (error) => ({ error: String(error?.stack ?? error) + ' ' + String(error) }));`;
    const answer = await this.#here(() => this.driver.executeScript<{ value?: T; error?: string }>(wrapped));
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value as T;
  }
  click(selector: string, frame?: string): Promise<void> {
    return this.#here(async () => {
      if (frame !== undefined) await this.driver.switchTo().frame(this.driver.findElement(By.css(frame)));
      try {
        await again(() => this.driver.findElement(By.css(selector)).click());
      } finally {
        if (frame !== undefined) await this.driver.switchTo().defaultContent();
      }
    });
  }
  press(key: 'Tab' | ' '): Promise<void> {
    return this.#here(() => this.driver.actions().sendKeys(key === 'Tab' ? Key.TAB : key).perform());
  }
  emulate(scheme: 'light' | 'dark'): Promise<void> {
    return this.#here(() => this.#prefer(scheme));
  }
  async #prefer(scheme: 'light' | 'dark'): Promise<void> {
    const chrome = this.driver as unknown as { setContext(name: string): Promise<void> };
    // 0 is dark, 1 is light: what the browser tells pages that the person prefers.
    await chrome.setContext('chrome');
    await this.driver.executeScript(
      `Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', ${scheme === 'dark' ? 0 : 1})`,
    );
    await chrome.setContext('content');
    await pause(200);
  }
  resize(width: number, height: number): Promise<void> {
    return this.#here(async () => {
      await this.driver.manage().window().setRect({ width, height });
    });
  }
  async screenshot(path: string, scheme: 'light' | 'dark' = 'light'): Promise<string> {
    await this.#here(async () => {
      await this.#prefer(scheme);
      writeFileSync(path, Buffer.from(await this.driver.takeScreenshot(), 'base64'));
    });
    return path;
  }
  close(): Promise<void> {
    return this.#here(async () => {
      await this.driver.close();
      const [other] = await this.driver.getAllWindowHandles();
      if (other !== undefined) await this.driver.switchTo().window(other);
    });
  }
}

/** A refused navigation is reported as an error page; that is no failure of the test. */
async function settled(go: () => Promise<void>): Promise<void> {
  try {
    await go();
  } catch (error) {
    if (!/about:neterror|Reached error page|about:certerror|NS_ERROR|NS_BINDING|Navigation timed out|AbortError/i.test(String(error))) throw error;
    await pause(300);
  }
}

export async function openFirefox(options: Options): Promise<Browser> {
  const temporary = mkdtempSync(join(tmpdir(), 'nomine-firefox-'));
  const profile = join(temporary, 'profile');
  mkdirSync(profile);
  const folder = options.folder ?? join(root, 'dist/firefox');
  const withExtension = options.extension ?? true;
  const installed = withExtension && (options.installed ?? false);
  const turns = new Turns();
  let first = true;
  let driver: WebDriver;

  async function start(): Promise<void> {
    const settings = new firefox.Options();
    settings.setBinary(program());
    if (!options.visible) settings.addArguments('-headless');
    if (installed) settings.addArguments('-profile', profile);
    settings.setAcceptInsecureCerts(true);
    settings.addArguments('--width=1100', '--height=900');
    for (const [name, value] of Object.entries({ ...preferences(options.world.port), ...(withExtension ? identity(folder) : {}), ...options.preferences })) {
      settings.setPreference(name, value);
    }
    const service = new firefox.ServiceBuilder(geckodriver()).addArguments('--allow-system-access');
    driver = await new Builder().forBrowser('firefox').setFirefoxOptions(settings).setFirefoxService(service).build();
    await driver.manage().setTimeouts({ pageLoad: 60_000, script: 300_000 });
    const gecko = driver as firefox.Driver;
    if (withExtension && (!installed || first)) await gecko.installAddon(installed ? pack(folder, temporary) : folder, !installed);
    first = false;
    // The tab that the browser began with stays, so that closing others never ends it.
    await driver.switchTo().newWindow('tab');
  }

  await start();
  const capabilities = await driver!.getCapabilities();
  return {
    name: 'firefox',
    version: `Firefox/${String(capabilities.get('browserVersion'))}`,
    newPage: () =>
      turns.take(async () => {
        await driver.switchTo().newWindow('tab');
        return new FirefoxPage(driver, await driver.getWindowHandle(), turns);
      }),
    processorTime: (milliseconds) => usedIn([String(capabilities.get('moz:processID'))], milliseconds),
    extensionUrl: (path) => new URL(path, `moz-extension://${uuid}/`).href,
    stopBackground: () =>
      turns.take(async () => {
        const chrome = driver as unknown as { setContext(name: string): Promise<void> };
        await chrome.setContext('chrome');
        await driver.executeAsyncScript(
          'const [id, done] = arguments; const { WebExtensionPolicy: all } = globalThis; all.getByID(id).extension.terminateBackground().then(() => done(), () => done());',
          Object.keys(JSON.parse(identity(folder)['extensions.webextensions.uuids'] ?? '{}') as object)[0] ?? '',
        );
        await chrome.setContext('content');
      }),
    update: () =>
      turns.take(async () => {
        await (driver as firefox.Driver).installAddon(folder, true);
        // Pages of the version before are closed, and the current window may have been one.
        const [first = ''] = await driver.getAllWindowHandles();
        await driver.switchTo().window(first);
      }),
    async restart() {
      await turns.take(() => driver.quit());
      await start();
    },
    async crash() {
      process.kill(Number((await driver.getCapabilities()).get('moz:processID')), 'SIGKILL');
      await turns.take(() => driver.quit().catch(() => {}));
      await start();
    },
    async close() {
      await turns.take(() => driver.quit().catch(() => {}));
      rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function identity(folder: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    browser_specific_settings?: { gecko?: { id?: string } };
  };
  const id = manifest.browser_specific_settings?.gecko?.id;
  return id === undefined ? {} : { 'extensions.webextensions.uuids': JSON.stringify({ [id]: uuid }) };
}

/** An archive that Firefox installs for good (extended support releases take unsigned ones). */
function pack(folder: string, temporary: string): string {
  const path = join(temporary, 'nomine.xpi');
  const script = `import { zip } from ${JSON.stringify(join(root, 'build/zip.mjs'))};
    import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
    const [folder, path] = process.argv.slice(-2);
    const names = readdirSync(folder, { recursive: true }).filter((name) => statSync(folder + '/' + name).isFile());
    writeFileSync(path, zip(new Map(names.map((name) => [name, { bytes: readFileSync(folder + '/' + name) }]))));`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script, folder, path]);
  return path;
}

const preferences = (port: number): Record<string, string | number | boolean> => ({
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': port,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': port,
  'network.proxy.no_proxies_on': '',
  'network.proxy.allow_hijacking_localhost': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'dom.security.https_first': false,
  'dom.security.https_only_mode': false,
  'network.stricttransportsecurity.preloadlist': false,
  'privacy.trackingprotection.enabled': false,
  'privacy.trackingprotection.pbmode.enabled': false,
  // The browser's own list of miners must not do our work.
  'privacy.trackingprotection.cryptomining.enabled': false,
  'browser.contentblocking.category': 'custom',
  'xpinstall.signatures.required': false,
  'extensions.dnr.feedback': true,
  'extensions.autoDisableScopes': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
});
