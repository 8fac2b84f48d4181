// PRIVACY.md explains every permission that the extension asks for, and none that it does not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Manifest {
  readonly permissions?: readonly string[];
  readonly optional_permissions?: readonly string[];
  readonly host_permissions?: readonly string[];
}

function asked(name: string): string[] {
  const manifest = JSON.parse(readFileSync(`extension/manifest/${name}.json`, 'utf8')) as Manifest;
  return [...(manifest.permissions ?? []), ...(manifest.optional_permissions ?? []), ...(manifest.host_permissions ?? [])];
}

const privacy = readFileSync('PRIVACY.md', 'utf8');
const section = privacy.slice(privacy.indexOf('## Permissions'));
const rows = section.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));

/** The names in the first cell of each row whose second cell says something. */
function explained(fits: (row: string) => boolean): string[] {
  return rows.filter(fits).flatMap((row) => {
    const [, names = '', why = ''] = row.split('|');
    return why.trim().length > 20 ? [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '') : [];
  });
}

test('permissions of both browsers', () => {
  assert.deepEqual(explained((row) => !row.includes('(Firefox)')).sort(), [...asked('base'), ...asked('chromium')].sort());
});

test('permissions of Firefox alone', () => {
  assert.deepEqual(explained((row) => row.includes('(Firefox)')).sort(), asked('firefox').sort());
});
