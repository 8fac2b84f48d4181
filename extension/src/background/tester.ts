// Would this address be stopped, and by what? Answered as the browser would: by the lists as far as this
// browser applies them, by what was found mining, by what the site may do, and by a pause.
import { isFirefox } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import type { SiteRule, Tested } from '../shared/model.js';
import * as access from './access.js';
import { cause } from './cause.js';
import { compiler } from './compiler.js';
import type { Beyond } from './compile/work.js';
import * as consent from './consent.js';
import { minerTypes } from './dnr.js';
import { installer, which } from './inforce.js';
import { wouldStop } from './network-firefox.js';
import * as pause from './pause.js';
import * as sites from './sites.js';
import * as supervise from './supervise.js';

type Found = Pick<Tested, 'by' | 'list' | 'filter'>;
const nothing: Found = { by: '', list: '', filter: '' };

export async function test(address: string, page: string, kind: string): Promise<Tested> {
  const url = whole(address);
  const from = page === '' ? '' : whole(page);
  if (kind !== 'popup') return await asked(url, from, kind);
  // As a page it can be stopped whoever opens it: `popups.ts`.
  const alone = await asked(url, '', 'main_frame');
  return alone.by === '' ? ((await opened(url, from)) ?? alone) : alone;
}

async function asked(url: string, from: string, kind: string): Promise<Tested> {
  const site = hostOf(kind === 'main_frame' ? url : from);
  const rule = await sites.decide(site);
  const found = await stops(url, kind === 'main_frame' ? '' : from, kind, rule);
  const free = { blocked: false, ...found, detail: '' };
  if (found.by === '') {
    const idle = await beyond(url, from, kind);
    return idle === null ? { ...free, but: '' } : { ...free, by: 'list', list: idle.list, filter: idle.filter, but: 'rules', detail: idle.reason };
  }
  const but = await lets(url, found, rule);
  return { ...free, blocked: but === '', but };
}

/** A window that the page at `from` opens; null where no filter is about it. */
async function opened(url: string, from: string): Promise<Tested | null> {
  const listed = await cause({ url, from, type: 'popup', method: 'GET' });
  if (listed === null) return null;
  const found: Found = { by: 'list', list: listed.list, filter: listed.filter };
  const rules = [await sites.decide(hostOf(url)), await sites.decide(hostOf(from))];
  const rule = rules.find((one) => one?.policy === 'allow') ?? rules.find((one) => one?.policy === 'monitor') ?? null;
  const but = await lets(url, found, rule);
  return { blocked: but === '', ...found, but, detail: '' };
}

function whole(address: string): string {
  return URL.parse(/^[a-z][a-z0-9+.-]*:\/\//iu.test(address) ? address : `https://${address}`)?.href ?? address;
}

/** What would stop it on a site of this rule. */
async function stops(url: string, from: string, kind: string, rule: SiteRule | null): Promise<Found> {
  const listed = isFirefox ? (await wouldStop(url, from, kind))?.cause : await cause({ url, from, type: kind, method: 'GET' });
  if (listed !== undefined && listed !== null) return { by: 'list', list: listed.list, filter: listed.filter };
  if (minerTypes.includes(kind) && (await supervise.banned()).some((banned) => banned.toLowerCase() === url.toLowerCase())) return { ...nothing, by: 'found' };
  if (rule?.policy !== 'noscript') return nothing;
  if (kind === 'script') return { ...nothing, by: 'noscript' };
  // Chromium: see `hostHeader` of `dnr.ts`.
  const others = kind === 'sub_frame' && !isFirefox && rule.scope === 'host' && URL.parse(url)?.origin !== URL.parse(from)?.origin;
  return others ? { ...nothing, by: 'frames' } : nothing;
}

/** What lets it through all the same; empty: nothing. */
async function lets(url: string, { by }: Found, rule: SiteRule | null): Promise<Tested['but']> {
  if ((await pause.current()) !== null) return 'pause';
  // Chromium's own rules block without it.
  if (isFirefox && !(await access.granted())) return 'access';
  if (rule?.policy === 'allow' || rule?.policy === 'monitor') return rule.policy;
  return by === 'list' && (await consent.opens(url)) ? 'asks' : '';
}

/** In Chromium: a filter that its own rules do not have. */
async function beyond(url: string, from: string, type: string): Promise<Beyond | null> {
  const current = isFirefox ? null : await installer.current();
  const idle = (current?.lists ?? []).filter((entry) => current?.outcomes.some(({ id, notInRules }) => id === entry.id && notInRules > 0));
  if (idle.length === 0) return null;
  const texts = await Promise.all(idle.map(async (entry) => ({ ...entry, text: await installer.text(entry) })));
  return compiler.beyond(texts, which, { url, from, type });
}
