// Renders the icons' PNG files from the SVG files beside it, with Chromium:
//   node extension/icons/render.mjs            (CHROMIUM=/path to use another one)
// Run by hand when a drawing changes; the PNG files are committed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const sizes = { normal: [16, 24, 32, 48, 64, 128], paused: [16, 24, 32], allowed: [16, 24, 32] };
const work = mkdtempSync(join(tmpdir(), 'icons-'));
try {
  for (const [name, list] of Object.entries(sizes)) {
    const svg = readFileSync(join(here, `${name}.svg`)).toString('base64');
    for (const size of list) {
      const page = join(work, 'page.html');
      writeFileSync(page, `<style>*{margin:0}img{display:block;width:${size}px;height:${size}px}</style><img src="data:image/svg+xml;base64,${svg}">`);
      execFileSync(process.env.CHROMIUM ?? 'chromium', [
        '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--default-background-color=00000000', '--force-device-scale-factor=1',
        `--window-size=${size},${size}`, `--screenshot=${join(here, `${name}-${size}.png`)}`, `file://${page}`,
      ], { stdio: 'ignore' });
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
