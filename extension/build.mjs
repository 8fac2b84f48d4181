// Builds both extensions into dist/chromium and dist/firefox from extension/, dist/rules and dist/wasm.
// The same input gives the same bytes; files that did not change are not touched.
//
//   node extension/build.mjs [--no-minify]
//
// Entry points: src/background/main.ts and src/ui/*.ts; the guard and the relay come from
// build/guard.mjs. `nomine:engine` is the engine's glue from dist/wasm, or null.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { channelSettings } from '../build/channel.mjs';
import { scriptletFiles } from '../build/scriptlets.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const dist = join(root, 'dist');
const browsers = ['chromium', 'firefox'];
const guardBuilder = join(root, 'build', 'guard.mjs');
/** Our own channel; without an address and keys there is none. */
const channel = channelOfBuild();
const minify = !process.argv.includes('--no-minify');

/** All files under a folder, sorted, relative to it; none where it does not exist. */
async function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function json(path) {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** Objects merged by key, lists joined, anything else replaced. */
function merge(base, extra) {
  if (Array.isArray(base) && Array.isArray(extra)) return [...base, ...extra];
  if (typeof base !== 'object' || typeof extra !== 'object' || base === null || extra === null) return extra;
  const merged = { ...base };
  for (const [key, value] of Object.entries(extra)) merged[key] = key in merged ? merge(merged[key], value) : value;
  return merged;
}

/** What bundles can import from the build. */
function provided() {
  const namespace = 'nomine';
  return {
    name: namespace,
    setup(bundler) {
      bundler.onResolve({ filter: /^nomine:/ }, ({ path }) => ({ path: path.slice(namespace.length + 1), namespace }));
      bundler.onLoad({ filter: /^engine$/, namespace }, () => {
        const glue = join(dist, 'wasm', 'engine.js');
        return existsSync(glue)
          ? { contents: `export * as glue from ${JSON.stringify(glue)};`, resolveDir: root }
          : { contents: 'export const glue = null;' };
      });
    },
  };
}

async function bundle(browser, entry) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: browser === 'firefox' ? 'firefox140' : 'chrome145',
    charset: 'utf8',
    legalComments: 'none',
    minify,
    define: {
      BROWSER: JSON.stringify(browser),
      GUARD: JSON.stringify(existsSync(guardBuilder)),
      // wasm-bindgen's glue asks for its own address only when it is not told where the module is.
      'import.meta.url': '""',
    },
    plugins: [provided()],
    logLevel: 'error',
  });
  return result.outputFiles[0].text;
}

/** The rulesets that `nomine compile` wrote: name to text. Without them the extension blocks nothing. */
async function rulesets(browser) {
  const folder = join(dist, 'rules', browser);
  const sets = new Map();
  for (const file of await filesIn(folder)) {
    if (extname(file) === '.json' && file !== 'scriptlets.json') sets.set(file, await readFile(join(folder, file)));
  }
  if (sets.size === 0) sets.set('hosts.json', Buffer.from(JSON.stringify(await hostRules())));
  if (browser === 'chromium') sets.set('guard.json', Buffer.from(JSON.stringify(guardRules)));
  return sets;
}

/** The scriptlets of the lists, as `nomine compile` wrote them. */
async function scriptletCalls(browser) {
  const path = join(dist, 'rules', browser, 'scriptlets.json');
  return existsSync(path) ? json(path) : [];
}

/** One of the directives that decide of WebAssembly, at the start of a policy or behind another one. */
const deciding = ['script-src', 'default-src'].flatMap((name) => [`${name} *`, `*;${name} *`, `*; ${name} *`]);

/**
 * Tells the guard whether a document has a CSP: where there is none, it may start workers from blob: addresses; where
 * there is one that forbids WebAssembly, it does not try. As in src/shared/timing.ts. The last word counts, and the
 * rule with the lowest priority has it.
 */
const guardRules = [
  ['free', 2, 'excludedResponseHeaders', {}],
  ['bound', 2, 'responseHeaders', {}],
  ['closed', 1, 'responseHeaders', { values: deciding, excludedValues: ['*unsafe-eval*'] }],
].map(([desc, priority, condition, values], index) => ({
  id: index + 1,
  priority,
  action: { type: 'modifyHeaders', responseHeaders: [{ header: 'server-timing', operation: 'append', value: `nomine;desc="${desc}"` }] },
  condition: { resourceTypes: ['main_frame', 'sub_frame'], [condition]: [{ header: 'content-security-policy', ...values }] },
}));

/** Before the command line is built: only the plain hosts of our own list, as one rule. */
async function hostRules() {
  const list = join(root, 'blocklists', 'miners.txt');
  const text = existsSync(list) ? await readFile(list, 'utf8') : '';
  const found = [...text.matchAll(/^\|\|([a-z0-9.-]+)\^(\$(?:all|third-party))?\r?$/gmu)];
  console.warn(`extension: dist/rules is not built; using the ${found.length} plain hosts of blocklists/miners.txt`);
  const block = { type: 'block' };
  const hosts = (wanted) => [...new Set(found.filter(([, , option]) => wanted(option)).map(([, host]) => host))].sort();
  return [
    { id: 1, priority: 1, action: block, condition: { requestDomains: hosts(() => true) } },
    { id: 2, priority: 1, action: block, condition: { requestDomains: hosts((option) => option === '$all'), resourceTypes: ['main_frame'] } },
  ];
}

async function manifest(browser, sets) {
  const base = await json(join(here, 'manifest', 'base.json'));
  const merged = merge(base, await json(join(here, 'manifest', `${browser}.json`)));
  const { version } = await json(join(root, 'package.json'));
  merged.version = version;
  merged.declarative_net_request = {
    rule_resources: [...sets.keys()].map((file) => ({ id: file.replace(/\.json$/u, ''), enabled: true, path: `rules/${file}` })),
  };
  return `${JSON.stringify(merged, null, 2)}\n`;
}

async function assemble(browser) {
  const out = new Map();
  const sets = await rulesets(browser);
  for (const [file, bytes] of sets) out.set(`rules/${file}`, bytes);
  const compiled = join(dist, 'rules', browser, 'engine.bin');
  if (existsSync(compiled)) out.set('rules/engine.bin', await readFile(compiled));
  for (const file of ['signatures.bin', 'report.json', 'subscriptions.json', ...(await filesIn(join(dist, 'rules', 'lists'))).map((name) => `lists/${name}`)]) {
    const path = join(dist, 'rules', file);
    if (existsSync(path)) out.set(`rules/${file}`, await readFile(path));
  }
  const engine = join(dist, 'wasm', 'engine_bg.wasm');
  if (existsSync(engine)) out.set('engine.wasm', await readFile(engine));
  out.set('manifest.json', await manifest(browser, sets));

  out.set('channel.json', `${JSON.stringify(channel)}\n`);

  const source = join(here, 'src');
  // Chromium's background has no workers; it compiles lists in place.
  if (browser === 'firefox') out.set('compiler.js', await bundle(browser, join(source, 'background', 'compile', 'worker.ts')));
  out.set('background.js', await bundle(browser, join(source, 'background', 'main.ts')));
  if (existsSync(guardBuilder)) {
    const { guardFiles } = await import(pathToFileURL(guardBuilder).href);
    for (const [name, content] of await guardFiles(browser)) out.set(name, content);
    for (const [name, content] of await scriptletFiles(browser, await scriptletCalls(browser))) out.set(name, content);
    // Put before the relay on sites where the guard is to do something else than protect.
    for (const policy of ['monitor', 'strict', 'allow']) out.set(`policy-${policy}.js`, `globalThis.nominePolicy = '${policy}';\n`);
    out.set('policy-sites.js', 'globalThis.nomineSites = true;\n');
    out.set('allowed-modules.js', 'globalThis.nomineModules = true;\n');
    out.set('updated-signatures.js', 'globalThis.nomineSignatures = true;\n');
  }
  for (const file of await filesIn(join(source, 'ui'))) {
    const path = join(source, 'ui', file);
    if (/\.(?:html|css|svg)$/u.test(file)) out.set(`ui/${file}`, await readFile(path));
    // One page, one script; parts that pages share are in folders.
    if (/^[a-z]+\.ts$/u.test(file)) out.set(`ui/${file.replace(/\.ts$/u, '.js')}`, await bundle(browser, path));
  }
  for (const folder of ['_locales', 'icons', 'neutral']) {
    for (const file of await filesIn(join(here, folder))) {
      if (!/\.(?:mjs|md)$/u.test(file)) out.set(`${folder}/${file}`, await readFile(join(here, folder, file)));
    }
  }
  return out;
}

/** Writes what changed and removes what is no longer there. */
async function write(folder, out) {
  let changed = 0;
  for (const old of await filesIn(folder)) {
    // Chromium keeps what it made of the rules in `_metadata`.
    if (!out.has(old.replaceAll('\\', '/')) && !old.startsWith('_metadata')) {
      await rm(join(folder, old));
      changed += 1;
    }
  }
  for (const [name, content] of out) {
    const path = join(folder, name);
    const bytes = Buffer.from(content);
    if (existsSync(path) && bytes.equals(await readFile(path))) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    changed += 1;
  }
  return changed;
}

function channelOfBuild() {
  try {
    return channelSettings(process.env);
  } catch (error) {
    console.error(`extension: ${error.message}`);
    process.exit(1);
  }
}

for (const browser of browsers) {
  const changed = await write(join(dist, browser), await assemble(browser));
  if (changed > 0) console.log(`extension: dist/${browser}: ${changed} files written`);
}
