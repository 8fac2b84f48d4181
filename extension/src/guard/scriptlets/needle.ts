// What scriptlets look for: a plain text that occurs, or an expression in `/…/` with flags. The build
// lets only expressions through that need linear time.
import { construct, indexOf, method, slice, startsWith } from '../primordials.js';

export type Test = (text: string) => boolean;

const NativeRegExp = RegExp;
const exec = method<RegExp, [string], RegExpExecArray | null>(RegExp, 'exec');
const written = /^\/(.+)\/([gimsu]*)$/u;
const state = /g/gu;
const replaceAll = method<string, [RegExp, string], string>(String, 'replace');

/** The test that `/…/flags` means; null where the text is not written so, or is no expression. */
export function expression(text: string): Test | null {
  const found = exec(written, text);
  if (found === null) return null;
  try {
    // With `g` an expression would remember where it was.
    const compiled = construct(NativeRegExp, [found[1] ?? '', replaceAll(found[2] ?? '', state, '')]) as RegExp;
    return (subject) => exec(compiled, subject) !== null;
  } catch {
    return null;
  }
}

/** A test for a text to look for; an empty one is found everywhere. */
export function needle(text: string): Test {
  return expression(text) ?? ((subject) => indexOf(subject, text) >= 0);
}

/** As `needle`; `!` before it turns it around. */
export function negatable(text: string): Test {
  if (!startsWith(text, '!')) return needle(text);
  const wanted = needle(slice(text, 1));
  return (subject) => !wanted(subject);
}

/** One condition of a request: which of its properties, and what has to be in it. */
export interface Condition {
  readonly key: string;
  readonly test: Test;
  /** Written with `!`: a property that is missing fits too. */
  readonly negated: boolean;
}

const word = /\S+/gu;
const keyed = /^([A-Za-z]+):(?!\/\/)(.*)$/su;

/** `url-text key:text …`: all have to hold. */
export function conditions(text: string): Condition[] {
  const found: Condition[] = [];
  word.lastIndex = 0;
  for (let part = exec(word, text); part !== null; part = exec(word, text)) {
    const split = exec(keyed, part[0]);
    const value = split === null ? part[0] : (split[2] ?? '');
    found[found.length] = { key: split?.[1] ?? 'url', test: negatable(value), negated: startsWith(value, '!') };
  }
  return found;
}

/** Whether all conditions hold for these properties. */
export function holds(wanted: readonly Condition[], propertyOf: (key: string) => string | undefined): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    const condition = wanted[index];
    if (condition === undefined) continue;
    const value = propertyOf(condition.key);
    if (value === undefined ? !condition.negated : !condition.test(value)) return false;
  }
  return true;
}
