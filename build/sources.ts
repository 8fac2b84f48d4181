// The project's own files, for tests: what is under version control; where there is none, everything but
// what building, testing and measuring make.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const made = new Set(['.git', 'node_modules', 'target', 'dist', 'out', 'artifacts', 'coverage', '__pycache__']);

function under(folder: string): string[] {
  return readdirSync(folder || '.', { withFileTypes: true }).flatMap((entry) => {
    if (made.has(entry.name)) return [];
    const path = `${folder}${entry.name}`;
    return entry.isDirectory() ? under(`${path}/`) : entry.isFile() ? [path] : [];
  });
}

export function sources(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    return listed.split('\0').filter((name) => name !== '' && existsSync(name));
  } catch {
    return under('');
  }
}
