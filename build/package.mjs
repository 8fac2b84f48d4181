// Makes dist/package: one zip per store, and the sources as they are under version control.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from './zip.mjs';

function under(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? under(folder, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  );
}

function tracked() {
  try {
    return execFileSync('git', ['ls-files', '-z'], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] })
      .toString('utf8')
      .split('\0')
      .filter((name) => name !== '' && existsSync(name) && lstatSync(name).isFile());
  } catch {
    return null;
  }
}

function read(folder, names, prefix = '') {
  return new Map(
    names.map((name) => {
      const path = join(folder, name);
      return [prefix + name, { bytes: readFileSync(path), executable: (lstatSync(path).mode & 0o100) !== 0 && prefix !== '' }];
    }),
  );
}

const { version } = JSON.parse(readFileSync('dist/chromium/manifest.json', 'utf8'));
const out = 'dist/package';
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/** An extension as a store takes it. */
function forStore(browser) {
  const folder = `dist/${browser}`;
  // Names that begin so are Chromium's own: it leaves what it made of the rules where it was run.
  const files = read(folder, under(folder).filter((name) => !name.startsWith('_') || name.startsWith('_locales/')));
  // The key fixes the identity of an unpacked extension; the store gives its own and refuses others.
  const { key, ...manifest } = JSON.parse(files.get('manifest.json').bytes.toString('utf8'));
  if (key !== undefined) files.set('manifest.json', { bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), executable: false });
  return files;
}

const archives = {
  [`nomine-${version}-chromium.zip`]: forStore('chromium'),
  [`nomine-${version}-firefox.zip`]: forStore('firefox'),
};
const sources = tracked();
if (sources === null) console.error('no version control here: the source archive is left out');
else archives[`nomine-${version}-source.zip`] = read('.', sources, `nomine-${version}/`);

for (const [name, entries] of Object.entries(archives)) {
  const bytes = zip(entries);
  writeFileSync(join(out, name), bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  console.log(`${digest}  ${join(out, name)}  (${entries.size} files, ${Math.ceil(bytes.length / 1024)} KB)`);
}
