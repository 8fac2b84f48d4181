// How families of miners are called, in the words of an update: family to language to name.
import { record, string, type Reader } from './read.js';

export type FamilyWords = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The key in the storage area. */
export const familyKey = 'families';

export const familyWords: Reader<FamilyWords> = record(record(string(200, 1), 50), 1_000);

/** The name of a family in a language: exactly that one, its base, English, or the family itself. */
export function familyName(words: FamilyWords, family: string, language: string): string {
  const names = Object.hasOwn(words, family) ? words[family] : undefined;
  const base = language.split(/[-_]/u)[0] ?? '';
  return names?.[language] ?? names?.[base] ?? names?.['en'] ?? family;
}
