// Promise: a module that was wrongly taken for a miner's is let through by one button of the popup:
// exactly that module, on exactly that site, from the very next load, and taken back the same way.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modules } from '../sites/hosts.js';
import { html, inEachBrowser, js, until, type Host, type Page, type Stage } from './harness/index.js';

/** Nimiq's Argon2d miner stands for the module; the other one has a custom section more. */
const module = readFileSync(join(modules, '@nimiq/core-web/worker-wasm.wasm'));
const other = Buffer.concat([module, Buffer.from([0, 2, 1, 0x78])]);

const inWorker = `onmessage = ({ data }) => WebAssembly.compile(data).then(() => postMessage('runs'), () => postMessage('refused'));`;
const trying = `
  window.attempt = async (address) => {
    const bytes = await (await fetch(address)).arrayBuffer();
    const here = () => { try { new WebAssembly.Module(bytes); return 'runs'; } catch { return 'refused'; } };
    const there = (url) => new Promise((done) => { const worker = new Worker(url); worker.onmessage = ({ data }) => done(data); worker.onerror = () => done('refused'); worker.postMessage(bytes); });
    const streamed = await WebAssembly.compileStreaming(fetch(address)).then(() => 'runs', () => 'refused');
    return [here(), streamed, await there('/worker.js'), await there(URL.createObjectURL(new Blob([${JSON.stringify(inWorker)}])))].join(' ');
  };`;
const page: Host = {
  pages: {
    '/': html('<p>A tool</p><script src="/try.js"></script>'),
    '/try.js': js(trying),
    '/worker.js': js(inWorker),
    '/module.wasm': { type: 'application/wasm', body: module },
    '/other.wasm': { type: 'application/wasm', body: other },
  },
};

const all = (word: string): string => `${word} ${word} ${word} ${word}`;
const attempt = (opened: Page, address = '/module.wasm'): Promise<string> => opened.evaluate(`attempt(${JSON.stringify(address)})`);

async function press(stage: Stage, opened: Page): Promise<void> {
  const popup = await stage.extension.popup(opened);
  await until('the popup shows the module', () => popup.evaluate('document.querySelector(".event button") !== null'));
  await popup.evaluate('document.querySelector(".event:has(button)").open = true');
  await popup.click('.event button');
  await until('it is in force', () => popup.evaluate('!document.getElementById("reload").hidden'));
  await popup.close();
}

inEachBrowser('a module that a person allows', () => ({ 'tool.test': page, 'www.tool.test': page, 'elsewhere.test': page }), (stage) => {
  test('runs on that site alone, and is stopped again when it is taken back', async () => {
    const opened = await stage.browser.newPage();
    await opened.goto('https://tool.test/');
    assert.equal(await attempt(opened), all('refused'));
    const event = await stage.extension.stopped(opened, ({ content }) => content !== undefined);
    assert.match(event.content ?? '', /^[0-9a-f]{64}$/u);

    await press(stage, opened);
    await opened.reload();
    assert.equal(await attempt(opened), all('runs'));
    assert.equal(await attempt(opened, '/other.wasm'), all('refused'), 'one byte more is another module');
    const { events } = await stage.extension.state(opened);
    assert.ok(events.some(({ outcome, content }) => outcome === 'monitor' && content === event.content), 'it is still shown');
    await opened.goto('https://www.tool.test/');
    assert.equal(await attempt(opened), all('runs'), 'the whole site');
    await opened.goto('https://elsewhere.test/');
    assert.equal(await attempt(opened), all('refused'), 'no other site');

    await opened.goto('https://tool.test/');
    assert.equal(await attempt(opened), all('runs'));
    await until('it is shown', async () => (await stage.extension.state(opened)).events.some(({ outcome }) => outcome === 'monitor'));
    await press(stage, opened);
    await opened.reload();
    assert.equal(await attempt(opened), all('refused'));
    await opened.close();
  });

  test('counts in the frames of its site, which are told apart', async () => {
    const inFrame = (opened: Page): Promise<string> =>
      opened.evaluate(`(async () => {
        const frame = document.createElement('iframe');
        frame.src = '/?inner';
        document.body.append(frame);
        await new Promise((done) => { frame.onload = done; });
        return frame.contentWindow.attempt('/module.wasm');
      })()`);
    const opened = await stage.browser.newPage();
    await opened.goto('https://tool.test/');
    assert.equal(await inFrame(opened), all('refused'));
    await stage.extension.stopped(opened, ({ frameUrl }) => frameUrl === 'https://tool.test/?inner');
    await press(stage, opened);
    await opened.reload();
    assert.equal(await inFrame(opened), all('runs'));
    await opened.close();
  });
});
