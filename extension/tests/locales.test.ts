// Texts: every language has every text with the same places to fill, and every text is used.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pullErrors } from '../src/background/pull.js';

const root = join(import.meta.dirname, '..');
type Texts = Readonly<Record<string, { readonly message: string }>>;
const read = (language: string): Texts => JSON.parse(readFileSync(join(root, '_locales', language, 'messages.json'), 'utf8')) as Texts;
const places = (text: string): string => [...new Set(text.match(/\$\d/gu) ?? [])].sort().join();
const english = read('en');

describe('texts', () => {
  test('everything that can go wrong with a list has its words', () => {
    for (const code of [...pullErrors, 'install']) assert.ok(Object.hasOwn(english, `pull_error_${code}`), code);
  });

  for (const language of readdirSync(join(root, '_locales'))) {
    test(`${language} is complete`, () => {
      const texts = read(language);
      assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort());
      for (const [name, { message }] of Object.entries(texts)) {
        assert.notEqual(message.trim(), '', name);
        assert.equal(places(message), places(english[name]?.message ?? ''), name);
      }
      // Stores refuse longer descriptions.
      assert.ok((texts['description']?.message.length ?? 0) <= 132, String(texts['description']?.message.length));
    });
  }

  test('every name in pages and code is a text, and every text is used', () => {
    const filesIn = (folder: string): string[] =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const pages = filesIn('src/ui').join('\n');
    const everything = [pages, ...filesIn('src/background'), ...filesIn('manifest')].join('\n');
    const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name ?? '');
    const named = found(pages, /(?:data-(?:text|label|title|placeholder)="|\btext\(')([a-z_]+)["']/gu);
    const counted = found(pages, /\bcounted\('([a-z_]+)'/gu).flatMap((name) => [`${name}_one`, `${name}_many`]);
    const families = found(everything, /(?:\btext|getMessage)\(`([a-z_]+_)\$\{/gu);
    const mentioned = new Set([...counted, ...found(everything, /["']([a-z_]+)["']/gu), ...found(everything, /__MSG_([a-z_]+)__/gu)]);
    const unknown = [...named, ...counted].filter((name) => !Object.hasOwn(english, name));
    assert.deepEqual(unknown, []);
    const unused = Object.keys(english).filter((name) => !mentioned.has(name) && !families.some((prefix) => name.startsWith(prefix)));
    assert.deepEqual(unused, []);
  });
});
