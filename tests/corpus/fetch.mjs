// Fetches the packages named in a list and lays out what a browser would load from them:
//   node fetch.mjs benign.txt DIR wasm      -> DIR/<package>/<file>.wasm, or the scripts that carry one
//   node fetch.mjs javascript.txt DIR js    -> DIR/<package>/<file>.js
//   node fetch.mjs shaders.txt DIR shaders  -> DIR/<package>/<file>.wgsl, .glsl, and shaders out of strings in scripts
//   node fetch.mjs miners.txt DIR all       -> DIR/<package>/<path with __>
// A package that is already there is left alone; one that cannot be had is named and skipped.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, copyFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const [list, target, kind] = process.argv.slice(2);
if (!list || !target || !['wasm', 'js', 'shaders', 'all'].includes(kind)) {
  console.error('usage: node fetch.mjs LIST DIR wasm|js|shaders|all');
  process.exit(2);
}

const packages = readFileSync(list, 'utf8').split('\n').map((line) => line.trim())
  .filter((line) => line && !line.startsWith('#')).map((line) => line.split(/\s+/)[0]);

const wanted = {
  wasm: (name) => name.endsWith('.wasm'),
  js: (name) => /\.(min\.js|min\.mjs|umd\.js|iife\.js)$|(^|\/)(dist|build|umd|lib|bundle)\/[^/]*\.m?js$/.test(name),
  shaders: (name) => /\.(wgsl|glsl|vert|frag|comp|m?js)$/.test(name),
  all: (name) => /\.(wasm|m?js|html|json)$/.test(name),
}[kind];

function* walk(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** The shaders in a file: itself, or those of its template and other strings that are whole programs. */
function* shaders(name, text) {
  if (/\.wgsl$/.test(name)) yield ['wgsl', text];
  else if (/\.(glsl|vert|frag|comp)$/.test(name)) yield ['glsl', text];
  else {
    for (const [, template, double, single] of text.matchAll(/`((?:[^`\\]|\\[^])*)`|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/g)) {
      const shader = (template ?? double ?? single).replaceAll('\\n', '\n');
      if (shader.length < 200) continue;
      if (/@compute|@fragment|@vertex|var<storage|\bfn \w+\(/.test(shader) && /\bfn \w+\(/.test(shader)) yield ['wgsl', shader];
      else if (/void main\s*\(|gl_FragColor|gl_Position|precision (high|medium)p/.test(shader)) yield ['glsl', shader];
    }
  }
}

/** Copies the scripts that carry a module in base64, where a package has none as a file; how many. */
function scriptsWithModules(scratch, out, seen) {
  let files = 0;
  for (const path of walk(scratch)) {
    if (!/\.[cm]?js$/.test(path) || files >= 6) continue;
    const content = readFileSync(path);
    const digest = createHash('sha256').update(content).digest('hex');
    // How a module's magic number begins in base64.
    if (!content.includes('AGFzbQ') || seen.has(digest)) continue;
    seen.add(digest);
    copyFileSync(path, join(out, `${digest.slice(0, 8)}-${path.split('/').pop()}`));
    files += 1;
  }
  return files;
}

async function fetchOne(spec) {
  const whole = resolve(target, spec.replace('/', '__'));
  if (existsSync(whole)) return { spec, files: readdirSync(whole).length, known: true };
  // What an interruption leaves half done must not count as known.
  const out = `${whole}.part`;
  rmSync(out, { recursive: true, force: true });
  const scratch = mkdtempSync(join(tmpdir(), 'nomine-corpus-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', scratch, spec], { cwd: scratch, maxBuffer: 1 << 28, timeout: 240_000 });
    const packed = JSON.parse(stdout);
    const { filename } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
    await run('tar', ['-xzf', join(scratch, filename.replace(/^@/, '').replace('/', '-')), '-C', scratch], { timeout: 240_000 });
    const seen = new Set();
    mkdirSync(out, { recursive: true });
    let files = 0;
    for (const path of walk(scratch)) {
      const name = relative(scratch, path);
      if (!wanted(name) || statSync(path).size > 60e6 || statSync(path).size < 32) continue;
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
      if (seen.has(digest)) continue;
      seen.add(digest);
      if (kind === 'js' && files >= 12) break;
      if (kind === 'shaders') {
        for (const [suffix, text] of shaders(name, readFileSync(path, 'utf8'))) {
          const part = createHash('sha256').update(text).digest('hex');
          if (seen.has(part) || files >= 400) continue;
          seen.add(part);
          writeFileSync(join(out, `${part.slice(0, 8)}-${name.split('/').pop().replace(/\.\w+$/, '')}.${suffix}`), text);
          files += 1;
        }
        continue;
      }
      const flat = kind === 'all' ? name.replace(/^package\//, '').replaceAll('/', '__') : `${digest.slice(0, 8)}-${name.split('/').pop()}`;
      copyFileSync(path, join(out, flat));
      files += 1;
    }
    if (kind === 'wasm' && files === 0) files = scriptsWithModules(scratch, out, seen);
    renameSync(out, whole);
    return { spec, files };
  } catch (error) {
    return { spec, files: 0, error: String(error.stderr || error.message).split('\n').find((line) => line.trim()) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(out, { recursive: true, force: true });
  }
}

mkdirSync(target, { recursive: true });
const queue = [...packages];
const failed = [];
let total = 0;
await Promise.all(Array.from({ length: 3 }, async () => {
  for (let spec; (spec = queue.shift());) {
    const result = await fetchOne(spec);
    total += result.files;
    if (result.error) failed.push(result);
    if (!result.known) console.log(`${String(result.files).padStart(4)}  ${spec}${result.error ? `  (${result.error})` : ''}`);
  }
}));
console.log(`${packages.length - failed.length} packages, ${total} files; ${failed.length} not to be had`);
