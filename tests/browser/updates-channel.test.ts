// Promise: what our own channel brings is signed, newer, and in force: its filters before anything
// loads, its signatures in pages, without a new version of the extension. Everything else is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ChannelInfo } from '../../extension/src/shared/model.js';
import { Extension, World, html, js, names, open, pause, root, until, type Answer, type Page } from './harness/index.js';

const command = join(root, 'target/debug/nomine');
/** What a worker runs; the packaged signatures have nothing against it. */
const work = 'postMessage("zebra-quagga-okapi");';
const animals = 'zebra-quagga-okapi';
/** As a page that a script's signature knows would be stopped before the rest is tried. */
const others = 'kudu-eland-topi';
/** Signatures that nothing packaged is like, one for each kind of thing that is inspected. */
const pattern = (kind: string, words: string, mark = ''): string => `
[[pattern]]
fact = "test.zebra-${kind}"
kinds = ["${kind}"]
literals = ['${words}']
because = "three animals"
source = "this test"
date = "2026-11-24"
for = ['${mark}${words}']
against = ['${mark}zebra']
`;
const signature = (kind: string, fact: string, family: string, examples = `for = ["facts: ${fact}"]\nagainst = ["facts: test.none"]`): string => `
[[signature]]
id = "test.${kind}"
kind = "${kind}"
family = "${family}"
weight = 100
because = "names three animals"
source = "this test"
date = "2026-11-24"
any = ["${fact}"]
${examples}
`;
const zebra = pattern('script', animals) + signature('script', 'test.zebra-script', 'Zebra', `for = ['${animals}']\nagainst = ['zebra']`);
const more = [
  signature('module', 'miner-name', 'Zebra module'),
  pattern('shader', others), signature('shader', 'test.zebra-shader', 'Zebra shader'),
  pattern('traffic', others, '> '), signature('traffic', 'test.zebra-traffic', 'Zebra traffic'),
].join('');

/** A module that does nothing, under a name that miners use; by itself that is no reason to stop it. */
const named = (name: string): readonly number[] => {
  const section = (id: number, bytes: readonly number[]): number[] => [id, bytes.length, ...bytes];
  return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 0, 0]), ...section(3, [1, 0]), ...section(7, [1, name.length, ...Buffer.from(name), 0, 0]), ...section(10, [1, 2, 0, 0x0b])];
};

/**
 * Uses one of each and says what became of it; not at once, as what runs before storage has answered is
 * judged by the packaged signatures.
 */
const each = html(`<script type="module">
  await new Promise((done) => setTimeout(done, 500));
  window.module = await WebAssembly.compile(Uint8Array.of(${named('find_nonce').join()})).then(() => 'made', ({ name }) => name);
  const gl = document.createElement('canvas').getContext('webgl');
  const shader = gl?.createShader(gl.VERTEX_SHADER);
  gl?.shaderSource(shader, 'void main() { gl_Position = vec4(0.0); } // ${others} ${'-'.repeat(400)}');
  gl?.compileShader(shader);
  window.shader = gl === null ? 'no WebGL' : gl.getShaderParameter(shader, gl.COMPILE_STATUS) ? 'made' : 'refused';
  const socket = new WebSocket('wss://talk.test/');
  socket.onopen = () => socket.send('{"say":"${others}"}');
  socket.onmessage = socket.onclose = () => { window.tried = true; };
</script>`);

/** Keys, lists and bundles, made as a channel's keeper makes them. */
class Keeper {
  readonly folder = mkdtempSync(join(tmpdir(), 'nomine-channel-'));
  readonly key: string;
  readonly next: string;

  constructor() {
    this.key = this.#keys('mine');
    this.next = this.#keys('next');
    this.#keys('other');
    mkdirSync(join(this.folder, 'lists/signatures'), { recursive: true });
    cpSync(join(root, 'blocklists/signatures'), join(this.folder, 'lists/signatures'), { recursive: true });
  }

  #keys(name: string): string {
    return (JSON.parse(this.#run('keygen', '--no-password', '--json', join(this.folder, name))) as { key: string }).key;
  }

  #run(...parts: string[]): string {
    return execFileSync(command, parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  bundle(version: number, filters: string, { key = 'mine', more = [] as string[] } = {}): Buffer {
    writeFileSync(join(this.folder, 'lists/miners.txt'), filters);
    const out = join(this.folder, `${version}.nomine`);
    this.#run('bundle', '--lists', join(this.folder, 'lists'), '--bundle-version', String(version), '--key', join(this.folder, `${key}.key`), '--out', out, ...more);
    return readFileSync(out);
  }

  delta(from: number, to: number): Buffer {
    const out = join(this.folder, `${from}.delta`);
    this.#run('delta', join(this.folder, `${from}.nomine`), join(this.folder, `${to}.nomine`), '--key', join(this.folder, 'mine.key'), '--out', out);
    return readFileSync(out);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, 'lists/signatures', file), text);
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}

for (const name of names) {
  describe(`our channel (${name})`, () => {
    test('brings filters and signatures, and nothing that is not signed, newer and good', { timeout: 240_000 }, async () => {
      const keeper = new Keeper();
      const served = new Map<string, Buffer>();
      const fetched: string[] = [];
      const world = await World.start({
        'shop.test': { pages: { '/': html('<script src="https://m-one.test/m.js"></script><script src="https://m-two.test/m.js"></script>'), '/each': each, '/worker': html(`<script>new Worker(URL.createObjectURL(new Blob([${JSON.stringify(work)}]))).onmessage = ({ data }) => { window.heard = data; };</script>`) } },
        'talk.test': { socket: (socket) => void socket.on('message', () => socket.send('heard')) },
        'm-one.test': { pages: { '/m.js': js('window.one = true') } },
        'm-two.test': { pages: { '/m.js': js('window.two = true') } },
        'channel.test': {
          handle: (_request, url): Answer => {
            fetched.push(url.pathname);
            const body = served.get(url.pathname);
            return body === undefined ? { status: 404 } : { type: 'application/octet-stream', body };
          },
        },
      });
      const folder = join(keeper.folder, 'extension');
      cpSync(join(root, 'dist', name), folder, { recursive: true });
      writeFileSync(join(folder, 'channel.json'), JSON.stringify({ url: 'https://channel.test/l', keys: [keeper.key, keeper.next] }));
      const browser = await open(name, { world, folder });
      try {
        const extension = await Extension.of(browser, folder);
        const ran = async (): Promise<string> => {
          const page: Page = await browser.newPage();
          await page.goto('https://shop.test/');
          const found = await page.evaluate<[], string>('`${window.one === true} ${window.two === true}`');
          await page.close();
          return found;
        };
        const pull = async (): Promise<ChannelInfo> => {
          const { channel } = await extension.ask('lists.pull', { id: 'channel' });
          assert.ok(channel !== null);
          return channel;
        };
        assert.equal(await ran(), 'true true');

        served.set('/l/lists.nomine', keeper.bundle(5, '||m-one.test^\n'));
        // It is far shorter than the package, so a person is asked.
        const held = await pull();
        assert.deepEqual([held.version, held.lastError, held.held?.reason, held.held?.after], [null, null, 'shrinks', 1]);
        assert.ok((held.held?.before ?? 0) > 500);
        assert.equal(await ran(), 'true true');
        const accepted = await extension.ask('lists.accept', { id: 'channel' });
        assert.deepEqual([accepted.channel?.version, accepted.channel?.held], [5, null]);
        assert.deepEqual(accepted.lists.filter(({ bundled }) => bundled).map(({ id, entries, inForce }) => [id, entries, inForce]), [['miners', 1, 1]], 'the page shows what is in force');
        assert.equal(await ran(), 'false true', 'what it names is stopped');

        // The list was replaced: what only the package had is no longer in force in the engine.
        const tester = (url: string): Promise<{ blocked: boolean }> => extension.ask('lists.test', { url, from: 'https://a.test/', kind: 'script' });
        assert.equal((await tester('https://coinhive.com/lib/coinhive.min.js')).blocked, false);

        keeper.bundle(6, '||m-one.test^\n||m-two.test^\n');
        served.set('/l/5.delta', keeper.delta(5, 6));
        fetched.length = 0;
        assert.equal((await pull()).version, 6);
        assert.deepEqual(fetched, ['/l/5.delta'], 'the difference was enough');
        assert.equal(await ran(), 'false false');

        const lies: readonly (readonly [RegExp, Buffer])[] = [
          [/not newer than version 6/, keeper.bundle(4, '||a.test^\n')],
          [/not signed by a key that this build trusts/, keeper.bundle(9, '||a.test^\n', { key: 'other' })],
          [/ended \d+ days ago/, keeper.bundle(10, '||a.test^\n', { more: ['--created', '1500000000'] })],
          [/in the future/, keeper.bundle(11, '||a.test^\n', { more: ['--created', '4000000000'] })],
          [/not a bundle/, Buffer.from('<!doctype html>')],
          [/incomplete/, keeper.bundle(12, '||a.test^\n').subarray(0, -5)],
        ];
        for (const [words, body] of lies) {
          served.set('/l/lists.nomine', body);
          const said = await pull();
          assert.equal(said.lastError, 'refused');
          assert.match(said.errorDetail, words);
          assert.equal(said.version, 6);
          const shown = await browser.newPage();
          await shown.goto(browser.extensionUrl('ui/options.html#lists'));
          await until('the page says so', async () => {
            const told = await shown.evaluate<[], string>('document.querySelector("#list-channel").textContent');
            return told.includes('version 6') && /It was refused\. \(/u.test(told) && words.test(told);
          });
          await shown.close();
        }
        assert.equal(await ran(), 'false false', 'the last good state is in force');

        // Back by one click, and the version that was taken back does not come again.
        await extension.ask('lists.rollBack', {});
        assert.equal(await ran(), 'false true');
        served.set('/l/lists.nomine', keeper.bundle(6, '||m-two.test^\n'));
        const again = await pull();
        assert.deepEqual([again.version, again.lastError], [5, null]);
        assert.equal(await ran(), 'false true');

        // Signatures: a script that nothing knew is recognised, in pages.
        const visit = async (): Promise<string[]> => {
          const page = await browser.newPage();
          await page.goto('https://shop.test/worker');
          const { events } = await extension.state(page);
          await page.close();
          return events.map(({ family }) => family);
        };
        assert.deepEqual(await visit(), []);
        keeper.write('zebra.toml', zebra);
        writeFileSync(join(keeper.folder, 'lists/families.json'), JSON.stringify({ Zebra: { en: 'Grevy zebra' } }));
        served.set('/l/lists.nomine', keeper.bundle(20, '||m-two.test^\n'));
        assert.equal((await pull()).version, 20);
        await until('the new signature is in force', async () => (await visit()).includes('Zebra'));
        const shown = await extension.evaluate(async () => JSON.stringify(await ((globalThis as { browser?: typeof chrome }).browser ?? chrome).storage.local.get('families')));
        assert.match(shown, /Grevy zebra/, 'its name too');
        await browser.stopBackground();
        await until('also after the background was stopped', async () => (await visit()).includes('Zebra'));

        // Of every other kind too: modules and shaders before they run, conversations while they go on.
        const tried = async (): Promise<{ module: string; shader: string; families: string[] }> => {
          const page = await browser.newPage();
          await page.goto('https://shop.test/each');
          await until('all is tried', () => page.evaluate<[], boolean>('window.tried === true'));
          const [module, shader] = await page.evaluate<[], [string, string]>('[window.module, window.shader]');
          await pause(300);
          const { events } = await extension.state(page);
          await page.close();
          return { module, shader, families: events.map(({ family }) => family).sort() };
        };
        const before = await tried();
        // Firefox without a screen has no WebGL here.
        const shader = before.shader !== 'no WebGL';
        assert.ok(shader || name === 'firefox');
        assert.deepEqual([before.module, before.families], ['made', []]);
        keeper.write('more.toml', more);
        served.set('/l/lists.nomine', keeper.bundle(21, '||m-two.test^\n'));
        assert.equal((await pull()).version, 21);
        await until('they are in force', async () => (await tried()).families.length === (shader ? 3 : 2));
        assert.deepEqual(await tried(), { module: 'CompileError', shader: shader ? 'refused' : 'no WebGL', families: ['Zebra module', ...(shader ? ['Zebra shader'] : []), 'Zebra traffic'] });
        // The next key is as good as the first; and a version whose time is over stays, and says so.
        const day = 86_400;
        const created = Math.floor(Date.now() / 1000) - day + 12;
        served.set('/l/lists.nomine', keeper.bundle(22, '||m-two.test^\n', { key: 'next', more: ['--created', String(created), '--days', '1'] }));
        const rotated = await pull();
        assert.deepEqual([rotated.version, rotated.lastError, rotated.ends], [22, null, (created + day) * 1000]);
        await until('its time is over', () => Date.now() > (created + day) * 1000);
        const page = await browser.newPage();
        await page.goto(browser.extensionUrl('ui/options.html#lists'));
        await until('the page says so', () => page.evaluate<[], boolean>('/version 22.*Its time ended on/.test(document.querySelector("#list-channel").textContent)'));
        await page.close();
        assert.equal(await ran(), 'true false', 'it is in force');
      } finally {
        await browser.close();
        await world.stop();
        keeper.end();
      }
    });
  });
}
