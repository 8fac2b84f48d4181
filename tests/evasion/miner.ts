// A real miner's module for the pages to run: what is tested is whether the guard can be got around,
// so any module will do that the inspector certainly refuses.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../browser/harness/index.js';

const packages = join(root, 'tests/sites/node_modules');

/** The module of @nimiq/core-web's worker: Argon2d under a nonce loop. */
export function minerModule(): Uint8Array {
  const chosen = process.env['NOMINE_EVASION_MODULE'] ?? join(packages, '@nimiq/core-web/worker-wasm.wasm');
  if (!existsSync(chosen)) throw new Error(`${chosen} is missing: run npm ci in tests/sites`);
  return readFileSync(chosen);
}
