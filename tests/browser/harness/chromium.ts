// Chromium by puppeteer-core. Every host name leads to the test's world.
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser as Driver, type Page as Tab, type Target } from 'puppeteer-core';
import { again, callable, pause, root, until, type Browser, type Json, type Options, type Page } from './browser.js';
import { usedIn } from './processes.js';
import { html } from './world.js';

const updateHost = 'updates.nomine.test';

/** Chromium from `CHROMIUM`, else Debian's. */
const program = (): string => process.env['CHROMIUM'] ?? '/usr/bin/chromium';

class ChromiumPage implements Page {
  constructor(readonly tab: Tab) {}

  async goto(url: string): Promise<void> {
    await this.#settled(() => this.tab.goto(url, { waitUntil: 'load', timeout: 60_000 }));
  }
  async reload(): Promise<void> {
    await this.#settled(() => this.tab.reload({ waitUntil: 'load', timeout: 60_000 }));
  }
  async back(): Promise<void> {
    await this.#settled(() => this.tab.goBack({ waitUntil: 'load', timeout: 60_000 }));
  }
  async url(): Promise<string> {
    return this.tab.evaluate('location.href') as Promise<string>;
  }
  title(): Promise<string> {
    return this.tab.title();
  }
  async evaluate<A extends readonly Json[], T>(code: string | ((...args: A) => T | Promise<T>), ...args: A): Promise<T> {
    return (await this.tab.evaluate(callable(code, args))) as T;
  }
  async click(selector: string, frame?: string): Promise<void> {
    await this.tab.bringToFront();
    if (frame === undefined) return again(() => this.tab.click(selector));
    const inner = await (await this.tab.$(frame))?.contentFrame();
    if (inner === undefined || inner === null) throw new Error(`${frame} is no frame`);
    await inner.click(selector);
  }
  async press(key: 'Tab' | ' '): Promise<void> {
    await this.tab.bringToFront();
    await this.tab.keyboard.press(key === ' ' ? 'Space' : key);
  }
  async emulate(scheme: 'light' | 'dark'): Promise<void> {
    await this.tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  }
  async resize(width: number, height: number): Promise<void> {
    await this.tab.setViewport({ width, height });
  }
  async screenshot(path: string, scheme: 'light' | 'dark' = 'light'): Promise<string> {
    await this.emulate(scheme);
    await this.tab.screenshot({ path: path as `${string}.png` });
    return path;
  }
  async close(): Promise<void> {
    await this.tab.close();
  }

  /** A navigation that an extension refuses or redirects is reported as an error; it is none here. */
  async #settled(go: () => Promise<unknown>): Promise<void> {
    try {
      await go();
    } catch (error) {
      if (!/net::ERR_|Navigation|frame was detached|interrupted/i.test(String(error))) throw error;
      await pause(300);
    }
  }
}

export async function openChromium(options: Options): Promise<Browser> {
  const temporary = mkdtempSync(join(tmpdir(), 'nomine-chromium-'));
  const profile = join(temporary, 'profile');
  const folder = options.folder ?? join(root, 'dist/chromium');
  const withExtension = options.extension ?? true;
  const installed = withExtension && (options.installed ?? false);
  const packed = installed ? install(options, folder, temporary) : undefined;
  let driver: Driver;
  let id = packed?.id ?? '';

  async function start(): Promise<void> {
    driver = await puppeteer.launch({
      executablePath: packed?.program ?? program(),
      headless: !options.visible,
      pipe: true,
      userDataDir: profile,
      protocolTimeout: 300_000,
      acceptInsecureCerts: true,
      defaultViewport: options.visible ? null : { width: 1100, height: 800 },
      ...(withExtension && !installed ? { enableExtensions: [folder] } : {}),
      ...(installed
        ? { ignoreDefaultArgs: ['--disable-extensions', '--disable-background-networking', '--disable-component-update', '--disable-default-apps'] }
        : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
        '--ignore-certificate-errors',
        `--host-resolver-rules=MAP * 127.0.0.1:${options.world.port}`,
        // The background's own alarms and the tests' clicks need tabs that are not slowed down.
        '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
        ...(installed ? [] : ['--disable-background-networking', '--disable-component-update']),
        ...(options.arguments ?? []),
      ],
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    if (installed) {
      await answers();
    } else if (withExtension) {
      const background = await driver.waitForTarget(isBackground, { timeout: 60_000 });
      id = new URL(background.url()).host;
      const worker = await background.worker();
      // Right after the target shows up, the extension's interfaces may still be missing.
      await until('the background starts', () => worker?.evaluate('!!globalThis.chrome?.runtime?.id') as Promise<boolean>);
    }
  }
  /** Its background may sleep until an event that it listens to; its files tell that it is there. */
  async function answers(): Promise<void> {
    const tab = await driver.newPage();
    await until('the extension is installed', async () => (await tab.goto(`chrome-extension://${id}/manifest.json`)) !== null);
    await tab.close();
  }
  const isBackground = (target: Target): boolean =>
    target.type() === 'service_worker' && target.url().startsWith(id === '' ? 'chrome-extension://' : `chrome-extension://${id}/`);

  await start();
  return {
    name: 'chromium',
    version: await driver!.version(),
    async newPage() {
      return new ChromiumPage(await driver.newPage());
    },
    processorTime: (milliseconds) => usedIn([String(driver.process()?.pid)], milliseconds),
    extensionUrl: (path) => new URL(path, `chrome-extension://${id}/`).href,
    async stopBackground() {
      // `worker.close()` lets go of the worker after stopping it: one that starts meanwhile waits for a debugger that is gone.
      const session = await driver.target().createCDPSession();
      const { targetInfos } = await session.send('Target.getTargets');
      const running = targetInfos.find(({ type, url }) => type === 'service_worker' && url.startsWith(`chrome-extension://${id}/`));
      await again(async () => (await driver.targets().find(isBackground)?.worker())?.client.detach());
      if (running !== undefined) await session.send('Target.closeTarget', { targetId: running.targetId });
      await session.detach();
    },
    async update() {
      await driver.installExtension(folder);
      await answers();
    },
    async restart() {
      await driver.close();
      await start();
    },
    async crash() {
      const killed = driver.process();
      const ended = new Promise((done) => killed?.once('exit', done));
      killed?.kill('SIGKILL');
      await ended;
      await driver.disconnect();
      await start();
    },
    async close() {
      await driver.close().catch(() => driver.process()?.kill('SIGKILL'));
      rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * An unpacked extension is installed anew at each start, which is no test of restarts. So: pack
 * it, offer it on loopback, and have it force-installed by policy, in a private mount namespace.
 */
function install(options: Options, folder: string, temporary: string): { id: string; program: string } {
  const source = join(temporary, 'nomine');
  cpSync(folder, source, { recursive: true });
  const manifestPath = join(source, 'manifest.json');
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as { version: string; key?: string };
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  manifest.key = spki.toString('base64');
  writeFileSync(manifestPath, JSON.stringify(manifest));
  // An id is the first half of the key's SHA-256, in letters a to p.
  const digest = createHash('sha256').update(spki).digest('hex').slice(0, 32);
  const id = [...digest].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('');
  const keyPath = join(temporary, 'key.pem');
  writeFileSync(keyPath, key);
  execFileSync(
    program(),
    ['--no-sandbox', '--headless', `--user-data-dir=${join(temporary, 'packing')}`, `--pack-extension=${source}`, `--pack-extension-key=${keyPath}`],
    { stdio: 'ignore', timeout: 120_000 },
  );
  options.world.host(updateHost, {
    pages: {
      '/update.xml': {
        type: 'text/xml',
        body: `<?xml version='1.0'?><gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'><app appid='${id}'><updatecheck codebase='http://${updateHost}/nomine.crx' version='${manifest.version}'/></app></gupdate>`,
      },
      '/nomine.crx': { type: 'application/x-chrome-extension', body: readFileSync(`${source}.crx`) },
      '/': html(''),
    },
  });
  const managed = join(temporary, 'etc/policies/managed');
  mkdirSync(managed, { recursive: true });
  writeFileSync(
    join(managed, 'nomine.json'),
    JSON.stringify({ DeveloperToolsAvailability: 1, ExtensionInstallForcelist: [`${id};http://${updateHost}/update.xml`] }),
  );
  const launcher = join(temporary, 'chromium.sh');
  const own = process.getuid?.() === 0 ? '' : 'r';
  writeFileSync(
    launcher,
    `#!/bin/sh\nexec unshare -m${own} sh -c 'mount --bind "$0/etc" /etc/chromium && shift 0 && exec "${program()}" "$@"' '${temporary}' "$@"\n`,
  );
  chmodSync(launcher, 0o755);
  return { id, program: launcher };
}
