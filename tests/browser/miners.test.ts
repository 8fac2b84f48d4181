// Real miners that no list knows, served by the page's own host under other names: without the
// extension they mine, with it they are stopped by what they are and do.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Extension, html, js, names, open, pause, until, World, type Browser, type Host, type Page } from './harness/index.js';
import { modules, sites } from '../sites/hosts.js';
import { keccakShader, sha256Shader, sha256Wgsl } from '../sites/miners/shader.js';
import { unlisted, type Miner } from '../sites/miners/unlisted.js';

/** Mines with a fragment shader of WebGL 2 without end, and tries the other kernel as WebGPU; says what became of them. */
const shaderPage = (fragment: string): string => `<script>
  window.webgl = null; window.webgpu = null; window.found = 0;
  const size = 64;
  const gl = document.createElement('canvas').getContext('webgl2');
  const compiled = (type, text) => { const shader = gl.createShader(type); gl.shaderSource(shader, text); gl.compileShader(shader); return shader; };
  if (gl === null) webgl = 'no WebGL';
  else {
    const fragment = compiled(gl.FRAGMENT_SHADER, ${JSON.stringify(fragment)});
    webgl = gl.getShaderParameter(fragment, gl.COMPILE_STATUS) ? 'compiled' : 'refused';
    const program = gl.createProgram();
    gl.attachShader(program, compiled(gl.VERTEX_SHADER, '#version 300 es\\nvoid main() { gl_Position = vec4(vec2[3](vec2(-1.0), vec2(3.0, -1.0), vec2(-1.0, 3.0))[gl_VertexID], 0.0, 1.0); }'));
    gl.attachShader(program, fragment);
    gl.linkProgram(program);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, size, size);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.viewport(0, 0, size, size);
    let base = 0;
    setInterval(() => {
      if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return;
      gl.useProgram(program);
      gl.uniform1ui(gl.getUniformLocation(program, 'base'), base);
      gl.uniform1ui(gl.getUniformLocation(program, 'target'), 0x00ffffff);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      const pixels = new Uint32Array(size * size * 4);
      gl.readPixels(0, 0, size, size, gl.RGBA_INTEGER, gl.UNSIGNED_INT, pixels);
      for (let at = 3; at < pixels.length; at += 4) if (pixels[at] === 1) found += 1;
      base += size * size;
    }, 100);
  }
  (async () => {
    const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
    if (!adapter) return 'no WebGPU';
    const device = await adapter.requestDevice();
    const made = await device.createShaderModule({ code: ${JSON.stringify(sha256Wgsl)} }).getCompilationInfo();
    return made.messages.some(({ type }) => type === 'error') ? 'refused' : 'compiled';
  })().then((outcome) => { webgpu = outcome; }, (error) => { webgpu = String(error); });
</script>`;
const shaders: Host = { pages: { '/sha256': html(shaderPage(sha256Shader)), '/keccak': html(shaderPage(keccakShader)) } };

/** Nimiq's web miner (Argon2d) from the page's own host. */
const nimiq: Host = {
  pages: {
    '/': html('<output id="hashes"></output><output id="accepted"></output><script src="/vendor/nimiq.js"></script><script src="/start.js"></script>'),
    '/start.js': js(`window.hashes = 0; window.accepted = 0; window.failed = '';
      (async function () {
        try {
          await Nimiq.load(location.origin + '/vendor/');
          Nimiq.GenesisConfig.test();
          var pool = new Nimiq.MinerWorkerPool(2);
          pool.noncesPerRun = 4;
          pool.on('share', function () { window.hashes += 4; window.accepted += 1; });
          pool.on('no-share', function () { window.hashes += 4; });
          await pool.startMiningOnBlock(Nimiq.GenesisConfig.GENESIS_BLOCK, 0x203fffff);
        } catch (error) { window.failed = String(error); }
      })();`),
  },
  folders: { '/vendor/': join(modules, '@nimiq/core-web') },
};

/** Milliseconds over which processor time is measured. */
const span = 3_000;
/** What the least of the miners uses of it: a tenth of one processor, on a machine where others want it too. */
const mining = 100;
/** What an idle Firefox may use of it by itself: a twelfth of one processor. */
const idle = 250;
async function stage(name: (typeof names)[number], extension: boolean, miners: Readonly<Record<string, Miner>>): Promise<{ browser: Browser; world: World; close(): Promise<void> }> {
  const hosts = Object.fromEntries(Object.entries(miners).map(([host, miner]) => [host, miner.host]));
  const world = await World.start({ ...hosts, 'quiet.test': nimiq, 'shader.test': shaders, 'hidden.test': sites().hosts['hidden.test'] ?? {} });
  // Chromium without a graphics card draws WebGL in software only when asked to.
  const browser = await open(name, { world, extension, arguments: name === 'chromium' ? ['--enable-unsafe-swiftshader'] : [] });
  return {
    browser,
    world,
    close: async () => {
      await browser.close();
      await world.stop();
    },
  };
}

for (const name of names) {
  describe(`unlisted miners (${name})`, () => {
    let plain: Awaited<ReturnType<typeof stage>>;
    let guarded: Awaited<ReturnType<typeof stage>>;
    let extension: Extension;
    const plainly = unlisted();
    const guardedly = unlisted();
    before(async () => {
      plain = await stage(name, false, plainly);
      guarded = await stage(name, true, guardedly);
      extension = await Extension.of(guarded.browser);
    }, { timeout: 180_000 });
    after(async () => {
      await plain?.close();
      await guarded?.close();
    }, { timeout: 60_000 });

    test('Nimiq mines in a plain browser', async () => {
      const page = await plain.browser.newPage();
      await page.goto('https://quiet.test/');
      assert.ok(await until('a share', () => page.evaluate('window.accepted > 0'), { within: 60_000 }));
      await page.close();
    });

    test('Nimiq is refused by its content, and said so', async () => {
      const page = await guarded.browser.newPage();
      await page.goto('https://quiet.test/');
      const event = await extension.stopped(page, ({ how }) => how === 'content');
      assert.match(event.family, /argon2|nimiq/i);
      assert.ok(event.evidence.length > 0);
      await pause(4_000);
      assert.equal(await page.evaluate('window.accepted'), 0);
      await page.close();
    });

    const stopped: Page[] = [];
    for (const [host, miner] of Object.entries(plainly)) {
      test(`${miner.name}: accepted without the extension`, async () => {
        const page = await plain.browser.newPage();
        await page.goto(`https://${host}/`);
        assert.ok(await until('an accepted share', () => miner.accepted() > 0, { within: 60_000 }));
        // One that rests nine times as long as it hashes can rest for a whole span, where others want the processor too.
        await until('it keeps the processor busy', async () => (await plain.browser.processorTime(span)) >= mining, { within: 60_000 });
        await page.close();
      });

      test(`${miner.name}: stopped with it`, async () => {
        const page = await guarded.browser.newPage();
        stopped.push(page);
        await page.goto(`https://${host}/`);
        const event = await extension.stopped(page, ({ site }) => site === host);
        assert.ok(event.how !== 'list' && event.evidence.length > 0);
      });
    }

    test('none of all these has a share accepted, nor anything to compute', async (context) => {
      await pause(span);
      const busy = await guarded.browser.processorTime(span);
      context.diagnostic(`${busy} ms of processor time in ${span / 1000} s, with ${stopped.length} pages`);
      for (const [host, miner] of Object.entries(guardedly)) assert.equal(miner.accepted(), 0, host);
      assert.ok(busy < idle, `${busy} ms of processor time`);
      for (const page of stopped) await page.close();
    });

    for (const [path, family] of [['sha256', /SHA-256/u], ['keccak', /Keccak/u]] as const) {
      test(`a search with ${path} in a shader mines without the extension and is refused with it`, async (context) => {
        const outcomes: string[][] = [];
        for (const { browser } of [plain, guarded]) {
          const page = await browser.newPage();
          await page.goto(`https://shader.test/${path}`);
          const webgl = await until('WebGL', () => page.evaluate<readonly [], string>('webgl'));
          outcomes.push([webgl, await until('WebGPU', () => page.evaluate<readonly [], string>('webgpu'))]);
          if (webgl === 'compiled') await until('nonces are found', () => page.evaluate('found > 0'), { within: 60_000 });
          else {
            await pause(2_000);
            assert.equal(await page.evaluate('found'), 0);
          }
          if (browser === guarded.browser && webgl === 'refused') {
            const event = await extension.stopped(page, ({ subject }) => subject === 'shader');
            assert.match(event.family, family);
          }
          await page.close();
        }
        const [without, within] = outcomes;
        if (name === 'chromium') assert.equal(without?.[0], 'compiled');
        context.diagnostic(`without: ${String(without)}; with: ${String(within)}`);
        if (without?.every((outcome) => outcome.startsWith('no '))) context.skip('no WebGL and no WebGPU here');
        assert.deepEqual(within, without?.map((outcome) => (outcome === 'compiled' ? 'refused' : outcome)));
      });
    }

    test('CryptoNight over a socket of its own host mines in a plain browser', async () => {
      const page = await plain.browser.newPage();
      await page.goto('https://hidden.test/');
      assert.ok(await until('an accepted share', () => page.evaluate('window.accepted > 0'), { within: 60_000 }));
      await page.close();
    });

    test('the same is stopped with no share accepted', async () => {
      const page = await guarded.browser.newPage();
      await page.goto('https://hidden.test/');
      const event = await extension.stopped(page, ({ site }) => site === 'hidden.test');
      assert.ok(event.how !== 'list' && event.evidence.length > 0);
      const before = Number(await page.evaluate('window.accepted'));
      await pause(4_000);
      assert.equal(await page.evaluate('window.accepted'), before, 'no share after it was stopped');
      assert.equal(before, 0);
      await page.close();
    });
  });
}
