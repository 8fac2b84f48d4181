// The text form of site rules for export and import: JSON with a format name and version, or one
// host per line (each allowed with its subdomains), as other blockers export them.
import { hostFromInput } from '../shared/host.js';
import type { SiteRule } from '../shared/model.js';
import { integer, object, oneOf, type Reader, salvaged } from '../shared/read.js';
import { limits, siteRule } from '../shared/schema.js';
import { afterRestart, type SiteRules } from './siterules.js';

const format = 'nomine-sites';

export function write(rules: SiteRules): string {
  const own = afterRestart(rules).filter((rule) => rule.by === 'person');
  return `${JSON.stringify({ format, version: 1, rules: own }, null, 2)}\n`;
}

/** Reads either form; what cannot be read is left out, and its place told: `line 7`, `rules[3].policy`, or the whole `file`. */
export function read(text: string, now: number): { readonly rules: readonly SiteRule[]; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const trimmed = text.replace(/^\uFEFF/u, '').trim();
  if (trimmed === '') return { rules: [], errors: ['file'] };
  const rules = trimmed.startsWith('{') ? readJson(trimmed, errors) : readLines(trimmed, now, errors);
  return { rules: rules.map((rule) => ({ ...rule, by: 'person' as const })), errors };
}

function readJson(text: string, errors: string[]): readonly SiteRule[] {
  const rules: Reader<readonly SiteRule[]> = salvaged(siteRule, limits.rules, (reason) => errors.push(reason.split(':')[0] ?? ''));
  try {
    const file = object({ format: oneOf(format), version: integer(1, 1), rules })(JSON.parse(text));
    return file.rules;
  } catch {
    errors.push('file');
    return [];
  }
}

function readLines(text: string, now: number, errors: string[]): readonly SiteRule[] {
  const rules: SiteRule[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/u).entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#') || entry.startsWith('!')) continue;
    const name = hostFromInput(entry);
    if (name === '' || rules.length >= limits.rules) errors.push(`line ${index + 1}`);
    else rules.push({ name, scope: 'site', policy: 'allow', until: null, since: now, by: 'person' });
  }
  return rules;
}
