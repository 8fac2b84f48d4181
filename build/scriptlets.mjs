// The scriptlets of the lists as scripts for the pages that they are for, from what `nomine compile`
// wrote. Calls that name hosts are in `scriptlets.js`, registered for those hosts alone; calls for
// everywhere, for `name.*` or for an expression are in `scriptlets-wide.js`, registered for all. Without
// calls there is no script, and no page pays for it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isHost = (entry) => !entry.startsWith('/') && !entry.endsWith('.*');

/** File name to content, and `scriptlets.json`: where the background registers them. */
export async function scriptletFiles(browser, calls) {
  const lean = calls.map(({ name, args, on, not_on, exception }) => ({ name, args, on, not_on, exception }));
  const exceptions = lean.filter((call) => call.exception);
  const asked = lean.filter((call) => !call.exception);
  const narrow = asked.filter((call) => call.on.length > 0 && call.on.every(isHost));
  const wide = asked.filter((call) => !narrow.includes(call));
  const files = new Map();
  const hosts = [...new Set(narrow.flatMap((call) => call.on))].sort();
  files.set('scriptlets.json', `${JSON.stringify({ hosts, wide: wide.length > 0 })}\n`);
  const main = await bundle(browser, 'guard/scriptlets/main.ts');
  const script = (asking) => `(function(NOMINE_CALLS){"use strict";${main}})(${JSON.stringify([...asking, ...exceptions])});\n`;
  if (narrow.length > 0) files.set('scriptlets.js', script(narrow));
  if (wide.length > 0) files.set('scriptlets-wide.js', script(wide));
  // Those of followed lists: what runs them, and what brings their calls into the page.
  files.set('scriptlets-followed.js', `${await bundle(browser, 'guard/scriptlets/followed.ts')}\n`);
  files.set('scriptlets-calls.js', `${await bundle(browser, 'relay/calls.ts')}\n`);
  return files;
}

async function bundle(browser, entry) {
  const result = await build({
    entryPoints: [join(root, 'extension/src', entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    minify: true,
    charset: 'ascii',
    target: 'es2022',
    legalComments: 'none',
    define: { BROWSER: JSON.stringify(browser), NOMINE_CALLS: 'NOMINE_CALLS' },
    logLevel: 'error',
  });
  return result.outputFiles[0].text.trim();
}
