// Bundles the guard and the relay. The guard becomes one function that can hand its own text to
// workers: `(function NOMINE_GUARD(NOMINE_SETTINGS){...})()`.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function bundle(browser, entry, format) {
  const result = await build({
    entryPoints: [join(root, 'extension/src', entry)],
    bundle: true,
    write: false,
    format,
    platform: 'browser',
    minify: true,
    charset: 'ascii',
    target: 'es2022',
    legalComments: 'none',
    define: { BROWSER: JSON.stringify(browser) },
    logLevel: 'error',
  });
  return result.outputFiles[0].text.trim();
}

/** The guard as the text of one function expression, without line breaks. */
export async function guardFunction(browser) {
  const body = await bundle(browser, 'guard/main.ts', 'esm');
  if (/[\n\r\u2028\u2029]/u.test(body)) throw new Error('guard: must be one line, so that line numbers of worker scripts stay right');
  return `function NOMINE_GUARD(NOMINE_SETTINGS){"use strict";${body}}`;
}

/** Whether the guard is in this realm, with `a` for `Reflect.apply`. */
const isHere = 'a(Function.prototype.toString,"nomine:guarded",[])==="nomine:guarded"';

const framed = 'window!==window.top&&((o)=>!o||o[o.length-1]!==window.origin)(location.ancestorOrigins)';

/**
 * Whether the guard of the window around this frame, having been told of it, guards it (`guard/realm.ts`). A page
 * that had the realm in its first, empty document can answer in its place; it was guarded then.
 */
const asked = `((o,{apply:a})=>{try{return o!==window&&!a(dispatchEvent,a(Object.getOwnPropertyDescriptor(window,"performance").get,o,[]),[new MessageEvent("nomine:born",{source:window,cancelable:true})])&&${isHere}}catch{return!1}})(parent,Reflect)`;

/** Of a worker's modules, whichever comes first brings the guard. */
const brought = `(({apply:a})=>{try{return ${isHere}}catch{return!1}})(Reflect)`;

/** File name to content: the guard for each place, relay.js and, where the inspector is built, inspector.b64. */
export async function guardFiles(browser, inspector = join(root, 'dist/wasm/inspector.wasm')) {
  const files = new Map();
  const guard = await guardFunction(browser);
  files.set('guard.js', `${asked}||(${guard})();\n`);
  // For frames only that are in a page of another origin.
  files.set('guard-framed.js', `if(${framed})(${guard})();\n`);
  // For workers, put on the wire before their scripts and the modules that these import, with settings of their own.
  if (browser === 'firefox') files.set('guard-worker.js', `${brought}||(${guard})`);
  files.set('relay.js', `${await bundle(browser, 'relay/main.ts', 'iife')}\n`);
  if (existsSync(inspector)) files.set('inspector.b64', (await readFile(inspector)).toString('base64'));
  return files;
}
