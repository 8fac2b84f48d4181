// Builds guard.js and relay.js. The guard becomes one function that can hand its own text to
// workers: `(function NOMINE_GUARD(NOMINE_SETTINGS){...})()`.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes guard.js, relay.js and, where there is an inspector, inspector.b64 into `outdir`. */
export async function buildGuard(browser, outdir, { root = process.cwd(), inspector = join(root, 'dist/wasm/inspector.wasm') } = {}) {
  await mkdir(outdir, { recursive: true });
  const shared = {
    bundle: true,
    minify: true,
    charset: 'ascii',
    target: 'es2022',
    legalComments: 'none',
    define: { BROWSER: JSON.stringify(browser) },
    write: false,
  };
  const guard = await build({ ...shared, entryPoints: [join(root, 'extension/src/guard/main.ts')], format: 'esm' });
  const body = guard.outputFiles[0].text.trim();
  if (/\n/u.test(body)) throw new Error('guard: the text must be one line, so that line numbers of worker scripts stay right');
  await writeFile(join(outdir, 'guard.js'), `(function NOMINE_GUARD(NOMINE_SETTINGS){"use strict";${body}})();\n`);
  const relay = await build({ ...shared, entryPoints: [join(root, 'extension/src/relay/main.ts')], format: 'iife' });
  await writeFile(join(outdir, 'relay.js'), relay.outputFiles[0].text);
  if (existsSync(inspector)) await writeFile(join(outdir, 'inspector.b64'), (await readFile(inspector)).toString('base64'));
}
