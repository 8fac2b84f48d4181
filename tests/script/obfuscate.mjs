// Disguises the miners of `miners/` as real tools do, judges all of them, and prints how many are
// found per disguise:
//   node obfuscate.mjs NOMINE [--keep FOLDER]
// The tools are fetched from npm into the cache once (NOMINE_CACHE, or ~/.cache/nomine); nothing
// of what is made is committed. The scripts of `harmless/` go through the same tools: a disguise
// alone must accuse nobody.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const [nomine, ...options] = process.argv.slice(2);
if (!nomine) {
  console.error('usage: node obfuscate.mjs NOMINE [--keep FOLDER]');
  process.exit(2);
}
const kept = options[0] === '--keep' ? options[1] : null;
const here = dirname(fileURLToPath(import.meta.url));
const tools = join(process.env.NOMINE_CACHE ?? join(homedir(), '.cache', 'nomine'), 'obfuscators');
const packages = ['javascript-obfuscator@5.8.0', 'terser@5.51.4', 'uglify-js@3.19.3'];
if (!existsSync(join(tools, 'node_modules', 'javascript-obfuscator'))) {
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--silent', '--ignore-scripts', '--prefix', tools, ...packages], { stdio: 'inherit' });
}
const require = createRequire(join(tools, 'package.json'));
const obfuscator = require('javascript-obfuscator');
const terser = require('terser');
const uglify = require('uglify-js');

const obfuscate = (settings) => (code) =>
  obfuscator.obfuscate(code, { seed: 7, sourceType: 'module', ...settings }).getObfuscatedCode();
const preset = (name, settings = {}) => obfuscate({ optionsPreset: name, ...settings });
const small = async (code) => (await terser.minify(code, { module: true, mangle: { toplevel: true } })).code;

/** Dean Edwards' scheme, written from its description: words by number in base 62, and their list. */
function pack(code) {
  const words = [...new Set(code.match(/\w+/g))];
  const digit = (n) => (n > 35 ? String.fromCharCode(n + 29) : n.toString(36));
  const number = (n) => (n < 62 ? '' : number(Math.floor(n / 62))) + digit(n % 62);
  const body = code.replace(/\w+/g, (word) => number(words.indexOf(word))).replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n');
  return `eval(function(p,a,c,k,e,d){e=function(c){return(c<a?'':e(parseInt(c/a)))+((c=c%a)>35?String.fromCharCode(c+29):c.toString(36))};while(c--)if(k[c])p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c]);return p}('${body}',62,${words.length},'${words.join('|')}'.split('|'),0,{}))`;
}
const base64 = (code) => Buffer.from(code).toString('base64');
const disguises = {
  plain: (code) => code,
  'terser': small,
  'uglify-js': (code) => uglify.minify(code, { module: true, toplevel: true }).code,
  'obfuscator low': preset('low-obfuscation'),
  'obfuscator medium': preset('medium-obfuscation'),
  'obfuscator high': preset('high-obfuscation', { debugProtection: false }),
  'obfuscator base64': obfuscate({ stringArray: true, stringArrayThreshold: 1, stringArrayEncoding: ['base64'], stringArrayRotate: true, stringArrayShuffle: true, stringArrayIndexShift: true }),
  'obfuscator rc4': obfuscate({ stringArray: true, stringArrayThreshold: 1, stringArrayEncoding: ['rc4'], stringArrayRotate: true, stringArrayShuffle: true, stringArrayIndexShift: true }),
  'obfuscator rc4, wrapped calls': obfuscate({ stringArray: true, stringArrayThreshold: 1, stringArrayEncoding: ['rc4'], stringArrayCallsTransform: true, stringArrayWrappersCount: 5, stringArrayWrappersType: 'function', stringArrayWrappersChainedCalls: true }),
  'obfuscator split strings': obfuscate({ stringArray: true, stringArrayThreshold: 1, splitStrings: true, splitStringsChunkLength: 5 }),
  'obfuscator numbers, objects': obfuscate({ numbersToExpressions: true, transformObjectKeys: true, simplify: true, stringArray: false }),
  'obfuscator unicode escapes': obfuscate({ unicodeEscapeSequence: true, stringArray: false }),
  'obfuscator mangled names': obfuscate({ identifierNamesGenerator: 'mangled', stringArray: true, stringArrayThreshold: 1, stringArrayEncoding: ['base64'] }),
  'packer': async (code) => pack(await small(code)),
  'eval atob': async (code) => `eval(atob("${base64(await small(code))}"))`,
  'eval atob twice': async (code) => `eval(atob("${base64(`eval(atob("${base64(await small(code))}"))`)}"))`,
  'unescape': async (code) => `eval(unescape("${[...Buffer.from(await small(code))].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}"))`,
  'char codes': async (code) => `eval(String.fromCharCode(${[...await small(code)].map((c) => c.charCodeAt(0)).join(',')}))`,
  'reversed': async (code) => `eval(${JSON.stringify([...await small(code)].reverse().join(''))}.split("").reverse().join(""))`,
  'xored': async (code) => `eval([${[...Buffer.from(await small(code))].map((b) => b ^ 0x5a).join(',')}].map(c=>String.fromCharCode(c^90)).join(""))`,
  'gzip': async (code) => `new Response(new Blob([Uint8Array.from(atob("${gzipSync(await small(code)).toString('base64')}"),c=>c.charCodeAt(0))]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(eval)`,
  'blob worker': async (code) => `new Worker(URL.createObjectURL(new Blob([${JSON.stringify(await small(code))}])))`,
  'data worker': async (code) => `new Worker("data:text/javascript,${encodeURIComponent(await small(code))}")`,
  'bundled': async (code) => `(()=>{var e={314:(e,t,n)=>{eval(${JSON.stringify(`${await small(code)}\n//# sourceURL=webpack://app/./src/a.js?`)})}}})();`,
};

const sources = (folder) => readdirSync(join(here, folder)).filter((name) => name.endsWith('.js'))
  .map((name) => [name, readFileSync(join(here, folder, name), 'utf8')]);
const work = kept ?? mkdtempSync(join(tmpdir(), 'nomine-obfuscate-'));
for (const folder of ['miners', 'harmless']) {
  for (const [disguise, dress] of Object.entries(disguises)) {
    const target = join(work, folder, disguise);
    mkdirSync(target, { recursive: true });
    for (const [name, code] of sources(folder)) {
      const file = join(target, name);
      if (!existsSync(file)) writeFileSync(file, await dress(code));
    }
  }
}
const run = spawnSync(nomine, ['scan', '--json', '--quiet', '--fail-on', 'watch', work], { encoding: 'utf8', maxBuffer: 1 << 28 });
if (run.status === 2 || run.status === null) {
  console.error(run.stderr);
  process.exit(2);
}
const judged = run.stdout.trim().split('\n').map((line) => JSON.parse(line));
console.log('| disguise | miners | block | watch | missed | harmless | watch | accused |\n|---|---:|---:|---|---|---:|---|---|');
let missed = 0;
let accused = 0;
for (const disguise of Object.keys(disguises)) {
  const of = (folder) => judged.filter((item) => relative(join(work, folder), item.path).split(sep)[0] === disguise);
  const miners = of('miners');
  const harmless = of('harmless');
  const count = (verdict) => miners.filter((item) => item.verdict === verdict).length;
  const names = (items) => items.map((item) => basename(item.path, '.js')).join(', ');
  const free = miners.filter((item) => item.verdict === 'allow');
  const wrong = harmless.filter((item) => item.verdict === 'block');
  const watched = (items) => names(items.filter((item) => item.verdict === 'watch'));
  missed += free.length;
  accused += wrong.length;
  console.log(`| ${disguise} | ${miners.length} | ${count('block')} | ${watched(miners)} | ${names(free)} | ${harmless.length} | ${watched(harmless)} | ${names(wrong)} |`);
}
console.log(`\n${judged.length} scripts: ${missed} miners missed, ${accused} harmless scripts accused`);
if (!kept) rmSync(work, { recursive: true });
process.exit(accused > 0 ? 1 : 0);
