// How long inspector.wasm takes for a file, as the guard asks it: CPU time, warm, the best of three
// (large files once: what they vary by is little beside what they take).
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { least } from '../cpu.mjs';
import { load } from '../script/inspector.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const kinds = [['.wasm', 'module'], ['.js', 'script'], ['.mjs', 'script'], ['.wgsl', 'shader'], ['.glsl', 'shader']];
/** Beyond this the guard hands a module to the background; its time is the same per byte. */
const LARGEST = 32 << 20;

/** Path to milliseconds; nothing at all where the inspector is not built. */
export async function times(paths) {
  const built = join(root, 'dist', 'wasm', 'inspector.wasm');
  if (!existsSync(built)) {
    console.error('dist/wasm/inspector.wasm is not built (./build.sh): no times');
    return null;
  }
  const found = new Map();
  let inspector = null;
  for (const path of paths) {
    const kind = kinds.find(([suffix]) => path.endsWith(suffix))?.[1];
    if (!kind || !existsSync(path)) continue;
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST) continue;
    // A fresh instance now and then: its memory never shrinks.
    if (!inspector || found.size % 200 === 0) inspector = warm(load(built));
    const asked = inspector;
    found.set(path, least(() => asked.inspect(kind, bytes), bytes.length > 1 << 20 ? 1 : 3));
  }
  return found;
}

/** Runs the inspector over itself until V8 has compiled what it uses. */
function warm(inspector) {
  const itself = readFileSync(join(root, 'dist', 'wasm', 'inspector.wasm'));
  for (let round = 0; round < 10; round += 1) inspector.inspect('module', itself);
  return inspector;
}
