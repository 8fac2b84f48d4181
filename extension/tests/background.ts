// A life of the background, or of a part of it, with its own state, for tests: bundled as it is built,
// over a browser that the test plays.
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The modules of `src/background` with these names; without `names`, the whole of it runs. */
export async function live<T>(names: { readonly [K in keyof T]: string } | null = null, which: 'chromium' | 'firefox' = 'chromium'): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-background-'));
  const outfile = join(folder, 'background.mjs');
  const contents = names === null ? "import './main.js';" : Object.entries(names).map(([name, file]) => `export * as ${name} from './${String(file)}.js';`).join('\n');
  try {
    await build({
      stdin: { contents, resolveDir: fileURLToPath(new URL('../src/background/', import.meta.url)) },
      bundle: true, format: 'esm', platform: 'neutral', outfile, logLevel: 'error', define: { BROWSER: JSON.stringify(which), GUARD: 'true' },
      plugins: [{
        name: 'engine',
        setup(bundler) {
          bundler.onResolve({ filter: /^nomine:engine$/ }, () => ({ path: 'engine', namespace: 'engine' }));
          bundler.onLoad({ filter: /.*/, namespace: 'engine' }, () => ({ contents: 'export const glue = null;' }));
        },
      }],
    });
    return (await import(pathToFileURL(outfile).href)) as T;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
