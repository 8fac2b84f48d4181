// What a test can ask the extension: by its own pages, as a person's clicks would.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestName, Requests } from '../../../extension/src/shared/messages.js';
import type { StopEvent, TabState } from '../../../extension/src/shared/model.js';
import { root, until, type Browser, type Json, type Page } from './browser.js';

interface Manifest {
  readonly options_ui?: { readonly page?: string };
  readonly action?: { readonly default_popup?: string };
}

export class Extension {
  #alone = false;

  private constructor(readonly browser: Browser, readonly page: Page, readonly manifest: Manifest) {}

  /** Opens a page of the extension to ask from; open it anew after a restart of the browser. */
  static async of(browser: Browser, folder = join(root, 'dist', browser.name)): Promise<Extension> {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    const page = await browser.newPage();
    const own = new Extension(browser, page, manifest);
    await page.goto(browser.extensionUrl(own.path('options')));
    await until('a page of the extension opens', () => page.evaluate('typeof (globalThis.browser ?? chrome).runtime?.sendMessage === "function"'));
    return own;
  }

  path(which: 'options' | 'popup'): string {
    const path = which === 'options' ? this.manifest.options_ui?.page : this.manifest.action?.default_popup;
    if (path === undefined) throw new Error(`the manifest names no ${which} page`);
    return path;
  }

  /** Runs in the extension's page, where the browser's extension interfaces are. */
  evaluate<A extends readonly Json[], T>(code: string | ((...args: A) => T | Promise<T>), ...args: A): Promise<T> {
    return this.page.evaluate(code, ...args);
  }

  /** A request to the background, as popup and options page send them. */
  async ask<N extends RequestName>(name: N, payload: Requests[N][0]): Promise<Requests[N][1]> {
    const answer = await this.page.evaluate(
      (text: string) => {
        const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).runtime;
        return api.sendMessage(JSON.parse(text)) as Promise<Json>;
      },
      JSON.stringify({ type: name, payload }),
    );
    if (typeof answer === 'object' && answer !== null && 'refused' in answer) throw new Error(`${name}: ${String(answer.refused)}`);
    return answer as unknown as Requests[N][1];
  }

  /** The browser's number of the tab that shows this address (of several, the newest). */
  async tabId(page: Page): Promise<number> {
    const url = await page.url();
    const found = await this.page.evaluate(async (wanted: string) => {
      const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).tabs;
      const tabs = await api.query({});
      return Math.max(-1, ...tabs.filter((tab) => tab.url === wanted || tab.pendingUrl === wanted).map((tab) => tab.id ?? -1));
    }, url);
    if (found === -1) throw new Error(`no tab shows ${url}`);
    return found;
  }

  async state(page: Page): Promise<TabState> {
    return this.ask('tab.state', { tabId: await this.tabId(page) });
  }

  /** Waits until something that fits was stopped in this page. */
  async stopped(page: Page, fits: (event: StopEvent) => boolean = () => true): Promise<StopEvent> {
    return until('something is stopped', async () => (await this.state(page)).events.find((event) => event.outcome === 'block' && fits(event)));
  }

  /** As if a list had been due a moment ago. */
  makeDue(id: string): Promise<void> {
    return this.note(id, { nextPull: Date.now() - 1 });
  }

  /** Changes what is stored about the pulls of a list; a background that runs knows nothing of it. */
  note(id: string, part: Readonly<Record<string, string | number>>): Promise<void> {
    return this.evaluate(async (list: string, changed: Readonly<Record<string, string | number>>) => {
      const { local } = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).storage;
      const { following } = (await local.get('following')) as { following: { data: { pulling: Record<string, object> } } };
      Object.assign(following.data.pulling[list] ?? {}, changed);
      await local.set({ following });
    }, id, part);
  }

  /** In Firefox the browser's rules stand back while the engine answers; from now on they do not. */
  async leaveRulesAlone(): Promise<void> {
    if (this.browser.name !== 'firefox') return;
    // While the background starts it may put them back after they were taken away.
    let gone = 0;
    await until('the rules stand back, and then no longer', async () => {
      const stood = await this.evaluate(async () => {
        const { declarativeNetRequest: rules } = (globalThis as unknown as { browser: typeof chrome }).browser;
        const session = await rules.getSessionRules();
        await rules.updateSessionRules({ removeRuleIds: session.map(({ id }) => id) });
        return session.length > 0;
      });
      gone = stood ? 0 : gone + 1;
      this.#alone ||= stood;
      return this.#alone && gone > 4;
    });
  }

  badge(tabId: number): Promise<string> {
    return this.page.evaluate((id: number) => ((globalThis as { browser?: typeof chrome }).browser ?? chrome).action.getBadgeText({ tabId: id }), tabId);
  }

  /** What the button says of the tab. */
  title(tabId: number): Promise<string> {
    return this.page.evaluate((id: number) => ((globalThis as { browser?: typeof chrome }).browser ?? chrome).action.getTitle({ tabId: id }), tabId);
  }

  /** The popup, in a tab of its own, as it would show for the given page. */
  async popup(page: Page): Promise<Page> {
    const tab = await this.browser.newPage();
    await tab.goto(this.browser.extensionUrl(`${this.path('popup')}?tab=${await this.tabId(page)}`));
    return tab;
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
