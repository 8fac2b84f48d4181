// Promise: everybody can read and use our own pages: in a narrow window, in light and dark, from right
// to left, by keyboard and by ear; with long names, and when something does not work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, until, type Page } from './harness/index.js';

const long = `${'a-long-name-of-a-subdomain.'.repeat(5)}shop.test`;
const service = `https://${'very.'.repeat(12)}crypto-loot.com/${'path/'.repeat(30)}`;
const sections = ['sites', 'lists', 'filters', 'log', 'statistics', 'general', 'about'] as const;

/** WCAG 2.2, success criterion 1.4.3, for texts of this size. */
const contrast = 4.5;

/** What sticks out of the window sideways. */
function outside(): string[] {
  const page = document.documentElement;
  const names = [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width > 1)
    .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 1 || element.getBoundingClientRect().left < -1)
    .map((element) => `${element.tagName}#${element.id}`);
  // What is cut off inside its own box is no trouble; what makes the page scroll is.
  return page.scrollWidth > page.clientWidth ? [`${page.scrollWidth} > ${page.clientWidth}`, ...names] : [];
}

/** Texts that are too close to their ground, by the formula of WCAG. */
function faint(least: number): string[] {
  const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: number[]): number => {
    const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const found: string[] = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== '');
    if (!own || !element.checkVisibility() || element.matches(':disabled, :disabled *')) continue;
    const [one, other] = [luminance(numbers(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${(element.textContent ?? '').slice(0, 40)}`);
  }
  return found;
}

/** Controls that a person cannot reach by the Tab key, or that say nothing to one who listens. */
function mute(): string[] {
  return [...document.querySelectorAll<HTMLElement>('a, button, input, select, textarea, summary')]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const label = element.getAttribute('aria-label') ?? (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? '';
      return label.trim() === '' || element.tabIndex < 0;
    })
    .map((element) => element.outerHTML.slice(0, 80));
}

inEachBrowser('our own pages', () => ({ [long]: { pages: { '/': html('<script src="https://coinhive.com/lib/coinhive.min.js"></script>') } } }), (stage) => {
  async function everyWay(what: string, scheme: string, page: Page): Promise<void> {
    assert.deepEqual(await page.evaluate(faint, contrast), [], `${what}: texts stand out`);
    // Colours are all that differs in the dark.
    if (scheme === 'dark') return;
    for (const [width, direction] of [[1100, 'ltr'], [460, 'ltr'], [460, 'rtl']] as const) {
      await page.resize(width, 800);
      await page.evaluate((dir: string) => void (document.documentElement.dir = dir), direction);
      assert.deepEqual(await page.evaluate(outside), [], `${what}, ${width} wide, ${direction}: nothing sticks out`);
    }
    assert.deepEqual(await page.evaluate(mute), [], `${what}: every control has a name and is reached by Tab`);
  }

  async function own(path: string): Promise<Page> {
    const page = await stage.browser.newPage();
    await page.goto(stage.browser.extensionUrl(`ui/${path}`));
    return page;
  }

  for (const scheme of ['light', 'dark'] as const) {
    test(`options, in ${scheme}`, async () => {
      await stage.extension.ask('site.set', { name: long, scope: 'host', policy: 'strict', until: Date.now() + 1e6 });
      const page = await own('options.html');
      await page.emulate(scheme);
      for (const section of sections) {
        await page.evaluate((hash: string) => void (location.hash = hash), section);
        await until(`${section} is shown`, () => page.evaluate((name: string) => document.querySelector(`#page-${name}`)?.checkVisibility(), section));
        await until('it is filled', () => page.evaluate((name: string) => name !== 'lists' || document.querySelector('#list-cards')?.childElementCount !== 0, section));
        await everyWay(section, scheme, page);
        await page.evaluate(() => void document.querySelectorAll('details').forEach((details) => (details.open = true)));
        await everyWay(`${section}, opened`, scheme, page);
      }
      await page.close();
      await stage.extension.ask('site.remove', { name: long, scope: 'host' });
    });

    test(`popup, in ${scheme}`, async () => {
      const page = await stage.browser.newPage();
      await page.goto(`https://${long}/`);
      await stage.extension.stopped(page);
      const popup = await stage.extension.popup(page);
      await popup.emulate(scheme);
      await until('it is filled', () => popup.evaluate('document.querySelector("#events").childElementCount > 0'));
      await popup.evaluate(() => void document.querySelectorAll('details').forEach((details) => (details.open = true)));
      await popup.resize(700, 900);
      const [height, last] = await popup.evaluate<[], [number, number]>('[document.body.offsetHeight, document.querySelector("footer").getBoundingClientRect().bottom]');
      assert.ok(height <= 600 && last <= 600, `browsers show 600 pixels of it: ${height}, ${last}`);
      await everyWay('popup', scheme, popup);
      await popup.close();
      await page.close();
    });

    test(`welcome and stopped page, in ${scheme}`, async () => {
      for (const path of ['welcome.html', 'stopped.html', `stopped.html#${encodeURIComponent(service)}`]) {
        const page = await own(path);
        await page.emulate(scheme);
        await until('it is filled', () => page.evaluate('document.title !== "Nomine" && document.querySelector("h1").textContent !== ""'));
        await everyWay(path, scheme, page);
        await page.close();
      }
    });
  }

  test('the switch in the popup works by keyboard alone', async () => {
    const page = await stage.browser.newPage();
    await page.goto(`https://${long}/`);
    const popup = await stage.extension.popup(page);
    await until('it is filled', () => popup.evaluate('document.querySelector("#site").checkVisibility()'));
    await until('Tab leads to the switch', async () => {
      await popup.press('Tab');
      return popup.evaluate('document.activeElement.id === "allow"');
    });
    await popup.press(' ');
    await until('the site is allowed', async () => (await stage.extension.state(page)).policy === 'allow');
    await until('the switch shows it, and takes keys', () => popup.evaluate('document.activeElement.id === "allow" && document.activeElement.checked && !document.activeElement.disabled'));
    await popup.press(' ');
    await until('and no more', async () => (await stage.extension.state(page)).policy === 'protect');
    await popup.close();
    await page.close();
  });

  test('decisions can be added, found, changed, taken out and in as a file, and removed', async () => {
    const page = await own('options.html#sites');
    const rules = async (): Promise<string[]> =>
      (await stage.extension.ask('site.list', {})).rules.map((rule) => `${rule.name} ${rule.scope} ${rule.policy} ${String(rule.until)}`).sort();
    const shown = (): Promise<string[]> => page.evaluate('[...document.querySelectorAll("#site-rows bdi")].map((name) => name.textContent)');
    const message = (): Promise<string> => page.evaluate('document.querySelector("#site-message").textContent');
    const choose = (selector: string, value: string): Promise<void> =>
      page.evaluate(
        (where: string, what: string) => {
          const select = document.querySelector<HTMLSelectElement>(where);
          if (select === null) throw new Error(`${where} is missing`);
          select.value = what;
          select.dispatchEvent(new Event('change'));
        },
        selector,
        value,
      );
    const type = (selector: string, value: string): Promise<void> =>
      page.evaluate(
        (where: string, what: string) => {
          const input = document.querySelector<HTMLInputElement>(where);
          if (input === null) throw new Error(`${where} is missing`);
          input.value = what;
          input.dispatchEvent(new Event('input'));
        },
        selector,
        value,
      );
    const takeIn = (content: string): Promise<void> =>
      page.evaluate((text: string) => {
        const chosen = new DataTransfer();
        chosen.items.add(new File([text], 'sites.txt', { type: 'text/plain' }));
        const file = document.querySelector<HTMLInputElement>('#site-file');
        if (file === null) throw new Error('no file can be chosen');
        file.files = chosen.files;
        file.dispatchEvent(new Event('change'));
      }, content);

    await type('#site-name', 'not a site at all');
    await page.click('#site-add [type=submit]');
    await until('it says what is wrong', async () => (await message()) !== '');
    assert.deepEqual(await rules(), []);
    await type('#site-name', 'https://Shop.Example./basket?x=1');
    await choose('#site-policy', 'allow');
    await page.click('#site-add [type=submit]');
    await until('it is there', async () => (await shown()).includes('shop.example'));
    assert.deepEqual(await rules(), ['shop.example site allow null']);

    await choose('#site-rows tr select', 'strict');
    await until('it is changed', async () => (await rules())[0] === 'shop.example site strict null');
    await takeIn('# mine\nbank.example\n???\nnews.example\n');
    await until('line 3 is refused', async () => (await message()).includes('3'));
    await until('two are taken in', async () => (await shown()).length === 3);
    await type('#site-search', 'bank');
    assert.deepEqual(await shown(), ['bank.example']);
    await type('#site-search', '');

    await page.evaluate(() => {
      const create = URL.createObjectURL.bind(URL);
      const kept = window as { taken?: Promise<string> };
      URL.createObjectURL = (blob: Blob): string => {
        kept.taken = blob.text();
        return create(new Blob([]));
      };
      HTMLAnchorElement.prototype.click = () => undefined;
    });
    await page.click('#site-export');
    const file = await until('the file is made', () => page.evaluate<[], string | null>('window.taken ?? null'));
    const before = await rules();
    for (const name of [...(await shown())]) {
      await page.click('#site-rows .danger');
      await until(`${name} is gone`, async () => !(await shown()).includes(name));
    }
    assert.deepEqual(await rules(), []);
    await takeIn(file);
    await until('all are back', async () => (await shown()).length === 3);
    assert.deepEqual(await rules(), before);
    for (const rule of (await stage.extension.ask('site.list', {})).rules) await stage.extension.ask('site.remove', { name: rule.name, scope: rule.scope });
    await page.close();
  });

  test('by keyboard: the content is a step away, and the keyboard stays where something was chosen', async () => {
    await stage.extension.ask('site.set', { name: 'a.example', scope: 'site', policy: 'allow', until: null });
    const page = await own('options.html#general');
    await until('it is filled', () => page.evaluate('document.querySelector("#page-general").checkVisibility()'));
    await page.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    await page.evaluate('document.activeElement.click()');
    await until('the content has the keyboard', () => page.evaluate('document.activeElement.id === "content"'));
    assert.equal(await page.evaluate('document.querySelector("#page-general").checkVisibility()'), true, 'the same section');
    assert.equal(await page.evaluate('location.hash'), '#general');

    await page.evaluate('void (location.hash = "sites")');
    await until('the site is there', () => page.evaluate('document.querySelector("#site-rows select") !== null'));
    await page.evaluate(`(() => {
      const [policy] = document.querySelectorAll('#site-rows select');
      policy.focus();
      policy.value = 'strict';
      policy.dispatchEvent(new Event('change'));
      window.before = policy;
    })()`);
    await until('it is drawn anew', () => page.evaluate('!window.before.isConnected && document.querySelector("#site-rows select").value === "strict"'));
    assert.equal(await page.evaluate('document.activeElement === document.querySelector("#site-rows select")'), true);
    await stage.extension.ask('site.remove', { name: 'a.example', scope: 'site' });
    await page.close();
  });

  test('what was refused is not shown as done', async () => {
    const page = await own('options.html#general');
    await until('it is filled', () => page.evaluate('document.querySelector("#option-badge").checked'));
    await page.evaluate(`(() => {
      const api = (globalThis.browser ?? globalThis.chrome).runtime;
      const send = api.sendMessage.bind(api);
      const refused = ['options.set', 'lists.add', 'site.import', 'site.set'];
      Object.defineProperty(api, 'sendMessage', { value: (message) => (refused.includes(message.type) ? Promise.resolve({ refused: 'unenforced' }) : send(message)) });
    })()`);
    await page.click('#option-badge');
    await until('it says why', () => page.evaluate('/undone/.test(document.querySelector("#failure").textContent)'));
    assert.equal(await page.evaluate('document.querySelector("#option-badge").checked'), true);

    await page.evaluate('void (location.hash = "lists")');
    await until('there are cards', () => page.evaluate('document.querySelectorAll("#list-cards article").length > 0'));
    await page.evaluate('void (document.querySelector("#list-url").value = "https://lists.example/x.txt")');
    await page.click('#list-add [type=submit]');
    await until('it says why', () => page.evaluate('/undone/.test(document.querySelector("#list-message").textContent)'));
    assert.equal(await page.evaluate('document.querySelector("#list-url").value'), 'https://lists.example/x.txt', 'to be tried again');

    await page.evaluate('void (location.hash = "sites")');
    await page.evaluate(`(() => {
      const chosen = new DataTransfer();
      chosen.items.add(new File(['a.example'], 'sites.txt', { type: 'text/plain' }));
      const file = document.querySelector('#site-file');
      file.files = chosen.files;
      file.dispatchEvent(new Event('change'));
    })()`);
    await until('it says why', () => page.evaluate('/undone/.test(document.querySelector("#site-message").textContent)'));
    assert.equal(await page.evaluate('document.querySelector("#site-file").files.length'), 0, 'the same file can be chosen again');
    await page.close();
  });

  test('what cannot be done is said in words, not in silence', async () => {
    const page = await own('options.html#sites');
    await until('it is filled', () => page.evaluate('document.querySelector("#site-none").checkVisibility() || document.querySelector("#site-rows").childElementCount > 0'));
    await page.evaluate(() => {
      const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).runtime;
      Object.defineProperty(api, 'sendMessage', { value: () => Promise.reject(new Error('gone')) });
      location.hash = 'about';
    });
    await until('it says so', () => page.evaluate('document.querySelector("#failure").checkVisibility() && document.querySelector("#failure").textContent.includes("Nomine")'));
    await page.close();
  });
});
