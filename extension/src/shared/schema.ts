// Readers for the nouns of `model.ts`, with the limits that hold wherever they enter.
import { boolean, clipped, either, integer, list, object, oneOf, optional, record, string, withDefault, type Reader, Unreadable } from './read.js';
import { policies, subjects, type AllowedModule, type End, type Evidence, type Options, type Pause, type Report, type SiteRule, type Statistics, type StopEvent } from './model.js';

export const limits = {
  /** Site rules in all. */
  rules: 20_000,
  /** Characters of an address that are kept. */
  address: 2_048,
  /** Modules that are allowed by their content, on all sites. */
  modules: 2_000,
  /** Pieces of evidence per event. */
  evidence: 24,
  /** Entries per table of the statistics. */
  table: 2_000,
  /** Characters of an imported or exported file. */
  file: 8_000_000,
} as const;

const time = integer(0, 8_640_000_000_000_000);
const hostPattern = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)$/u;

/** A canonical host name: lower case, ASCII, no trailing dot. */
export const host: Reader<string> = (value, place = '') => {
  const text = string(253, 1)(value, place);
  if (!hostPattern.test(text) || text.includes('..')) throw new Unreadable(place, 'not a host name');
  return text;
};

export const end: Reader<End> = either(time, oneOf('restart', null));
export const pause: Reader<Pause> = either(time, oneOf('restart', 'forever', null));
export const scope = oneOf('host', 'site');
export const policy = oneOf(...policies);

export const siteRule: Reader<SiteRule> = object({
  name: host,
  scope,
  policy,
  until: end,
  since: time,
  by: withDefault(oneOf('person', 'organisation'), 'person'),
  before: optional(object({ scope, policy, until: end })),
});

/** A SHA-256 in hexadecimal digits. */
export const content: Reader<string> = (value, place = '') => {
  const text = string(64, 64)(value, place);
  if (!/^[0-9a-f]{64}$/u.test(text)) throw new Unreadable(place, 'not a SHA-256');
  return text;
};

export const allowedModule: Reader<AllowedModule> = object({ site: host, content, since: time });

export const evidence: Reader<Evidence> = object({
  signature: clipped(200),
  detail: clipped(500),
  weight: integer(-32_768, 32_767),
  place: withDefault(object({ function: optional(integer(0)), offset: optional(integer(0)) }), {}),
});

const report = {
  subject: oneOf(...subjects),
  url: clipped(limits.address),
  frameUrl: clipped(limits.address),
  outcome: oneOf('block', 'watch', 'monitor'),
  how: oneOf('list', 'content', 'behaviour'),
  family: clipped(80),
  algorithm: clipped(80),
  confidence: integer(0, 100),
  evidence: list(evidence, limits.evidence),
  content: optional(content),
} as const;

export const guardReport: Reader<Report> = object({
  ...report,
  url: withDefault(report.url, ''),
  frameUrl: withDefault(report.frameUrl, ''),
  family: withDefault(report.family, ''),
  algorithm: withDefault(report.algorithm, ''),
  confidence: withDefault(report.confidence, 0),
  evidence: (value, place) => list(evidence, limits.evidence)(Array.isArray(value) ? value.slice(0, limits.evidence) : (value ?? []), place),
});

/** The most of a text, in UTF-16 units, that a guard has inspected elsewhere. */
export const longestText = 4_000_000;
/** A text that the guard cannot inspect itself. */
export const guardInspect = object({ kind: oneOf('script', 'shader'), text: string(longestText) });

/** A message that the guard cannot weigh itself, and by which name its conversation goes there. */
export const guardConverse = object({ name: string(100), outgoing: boolean, text: string(10_000) });

/** An address whose text the guard wants. */
export const guardText = object({ address: string(limits.address, 1) });

/** Addresses that the guard asks the background to look at. */
export const guardLook = object({ urls: list(string(limits.address, 1), 40), what: oneOf('worker', 'untabbed', 'page') });

export const stopEvent: Reader<StopEvent> = object({
  ...report,
  id: integer(1),
  time,
  tabId: integer(-1),
  site: string(253),
  list: optional(clipped(200)),
  filter: optional(clipped(1_000)),
  count: integer(1),
});

export const options: Reader<Options> = object({
  badge: withDefault(boolean, true),
  stopPages: withDefault(boolean, true),
  hiddenOnly: withDefault(boolean, false),
});

const table = record(integer(0), limits.table);
export const statistics: Reader<Statistics> = object({
  since: time,
  total: integer(0),
  byFamily: table,
  bySite: table,
  byDay: table,
});
