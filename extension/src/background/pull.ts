// Fetches one list: conditionally, by its mirrors, by differences where it offers them; bounded in
// size and time; without cookies, referrer or anything else that would tell who asks.
import { bodyOf } from './body.js';
import { include, type Part } from './including.js';

/** Why a list did not come. The Lists page has words for each. */
export const pullErrors = ['offline', 'network', 'timeout', 'status', 'html', 'empty', 'large', 'binary', 'redirect', 'unexpected304', 'address', 'refused'] as const;
export type PullCode = (typeof pullErrors)[number];

export class PullError extends Error {
  constructor(readonly code: PullCode, readonly detail = '') {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.name = 'PullError';
  }
}

export const bounds = {
  /** Bytes of a list, unpacked. */
  list: 24_000_000,
  /** Bytes of a difference. */
  patch: 4_000_000,
  /** Milliseconds for everything. */
  time: 60_000,
  /** Milliseconds after which the browser has said where a fetch that failed was led. */
  led: 300,
  /** Differences in a row. */
  patches: 10,
} as const;

export interface Source {
  /** The publisher's address, then mirrors. */
  readonly urls: readonly string[];
  /** What the last answer said; only used where there is a text. */
  readonly etag: string;
  readonly lastModified: string;
  /** The text as it was published; empty where there is none yet. */
  readonly text: string;
  /** `Diff-Path` of that text; empty: no differences. */
  readonly diffPath: string;
  /** The whole list is due, not only a difference. */
  readonly whole: boolean;
}

export interface Pulled {
  /** Null: nothing changed. */
  readonly text: string | null;
  readonly etag: string;
  readonly lastModified: string;
  /** Bytes that came, unpacked. */
  readonly bytes: number;
  readonly how: 'whole' | 'patch' | 'same';
  /** Other files that are part of the text: no tag and no difference speaks for them. */
  readonly files: number;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export interface Means {
  readonly fetch: Fetch;
  /** Applies a difference (`work.patch`). */
  patch(text: string, patch: string, name: string): Promise<string>;
  /** `Diff-Path` of a text. */
  diffPath(text: string): string;
  readonly time?: number;
  /** Tells where a server leads a fetch, before it is followed; ends by the returned function. */
  watch?(url: string, found: (location: string) => void): () => void;
}

/** Whether a list may be fetched from there: encrypted, or from this machine. */
export function mayFetch(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== '' || parsed.password !== '') return false;
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/u.test(parsed.hostname));
}

export async function pull(source: Source, means: Means): Promise<Pulled> {
  if (source.text !== '' && source.diffPath !== '') {
    const found = await byDifferences(source, means);
    if (found.changed !== null) return found.changed;
    if (found.current && !source.whole) return { text: null, etag: source.etag, lastModified: source.lastModified, bytes: 0, how: 'same', files: 0 };
  }
  let first: unknown;
  for (const url of source.urls) {
    try {
      return await whole(url, source, means);
    } catch (error) {
      first ??= error;
    }
  }
  throw first ?? new PullError('address');
}

/** What asks for a file only if it changed since the answer that these tags are of. */
export function conditional({ etag, lastModified }: { readonly etag: string; readonly lastModified: string }): Record<string, string> {
  return { ...(etag !== '' && { 'If-None-Match': etag }), ...(lastModified !== '' && { 'If-Modified-Since': lastModified }) };
}

async function whole(url: string, source: Source, means: Means): Promise<Pulled> {
  const known = source.text !== '';
  // Another server's tags mean nothing, so mirrors are asked for the whole, and theirs are not kept.
  const headers = known && url === source.urls[0] ? conditional(source) : {};
  const { response, body } = await download(url, means, bounds.list, headers);
  if (response.status === 304) {
    if (!known) throw new PullError('unexpected304');
    return { text: null, etag: source.etag, lastModified: source.lastModified, bytes: 0, how: 'same', files: 0 };
  }
  const own = textOf(body);
  if (/^text\/html|^application\/xhtml/iu.test(response.headers.get('content-type') ?? '')) throw new PullError('html');
  refuseOther(own);
  const { text, bytes, files } = await include(own, url, bounds.list - body.length, (address, most) => part(address, most, means));
  const tag = (name: string): string => (url === source.urls[0] && files === 0 ? response.headers.get(name) ?? '' : '');
  return {
    text: text === source.text ? null : text,
    etag: tag('etag'),
    lastModified: tag('last-modified'),
    bytes: body.length + bytes,
    how: text === source.text ? 'same' : 'whole',
    files,
  };
}

/** Whether the server answered with one of these. */
function answeredBy(error: unknown, statuses: readonly string[]): boolean {
  return error instanceof PullError && error.code === 'status' && statuses.includes(error.detail);
}

/** A file that a list includes; null where the server says that there is none. */
async function part(url: string, most: number, means: Means): Promise<Part | null> {
  try {
    const { body } = await download(url, means, most, {});
    return { text: textOf(body), bytes: body.length };
  } catch (error) {
    if (answeredBy(error, ['404', '410'])) return null;
    throw error;
  }
}

/**
 * The text after all differences that there are; null where there is none, or one does not fit.
 * `current`: the server has said that there is no further one yet.
 */
async function byDifferences(source: Source, means: Means): Promise<{ changed: Pulled | null; current: boolean }> {
  let { text, diffPath } = source;
  let bytes = 0;
  let current = false;
  for (let count = 0; count < bounds.patches && diffPath !== ''; count += 1) {
    const body = await difference(source.urls, diffPath, means);
    current = body === 'none';
    if (typeof body === 'string') break;
    try {
      text = await means.patch(text, textOf(body.bytes), body.name);
    } catch {
      break; // not for this version
    }
    bytes += body.bytes.length;
    const next = means.diffPath(text);
    if (next === diffPath) break;
    diffPath = next;
  }
  return { changed: bytes === 0 ? null : { text, etag: '', lastModified: '', bytes, how: 'patch', files: 0 }, current };
}

/** A difference, from the publisher or the first mirror that answers; `none`: it is not there yet. */
async function difference(urls: readonly string[], diffPath: string, means: Means): Promise<{ bytes: Uint8Array; name: string } | 'none' | 'failed'> {
  for (const url of urls) {
    const address = URL.parse(diffPath, url);
    if (address === null || !mayFetch(address.href)) return 'failed';
    const name = nameOf(address.hash.slice(1));
    address.hash = '';
    try {
      const { response, body } = await download(address.href, means, bounds.patch, {});
      return response.status === 304 || body.length === 0 ? 'none' : { bytes: body, name };
    } catch (error) {
      // Some servers say by 204, "no content", that there is none yet.
      if (answeredBy(error, ['204', '404', '410'])) return 'none';
    }
  }
  return 'failed';
}

function nameOf(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** A body within bounds; anything but 200, 304 and a part that was asked for is an error. */
export async function download(url: string, means: Pick<Means, 'fetch' | 'time' | 'watch'>, most: number, headers: Readonly<Record<string, string>>): Promise<{ response: Response; body: Uint8Array<ArrayBuffer> }> {
  if (!mayFetch(url)) throw new PullError('address', url);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), means.time ?? bounds.time);
  let astray: string | undefined;
  const unwatch = means.watch?.(url, (location) => {
    if (mayFetch(location)) return;
    astray = location;
    abort.abort();
  });
  try {
    const response = await means.fetch(url, {
      credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', redirect: 'follow', headers: { ...headers }, signal: abort.signal,
    });
    if (response.url !== '' && !mayFetch(response.url)) astray = response.url;
    if (astray !== undefined) throw new PullError('redirect', URL.parse(astray)?.protocol ?? '');
    if (response.status === 304) return { response, body: new Uint8Array() };
    const asked = response.status === 200 || (response.status === 206 && headers['Range'] !== undefined);
    if (!asked) throw new PullError('status', String(response.status));
    if (Number(response.headers.get('content-length') ?? 0) > most) throw new PullError('large');
    const body = await bodyOf(response, most);
    if (body === null) throw new PullError('large');
    return { response, body };
  } catch (error) {
    if (error instanceof PullError) throw error;
    // Where the browser does not follow, it can say that it failed before it says where it was led.
    if (!abort.signal.aborted) await new Promise((done) => setTimeout(done, bounds.led));
    if (astray !== undefined) throw new PullError('redirect', URL.parse(astray)?.protocol ?? '');
    if (abort.signal.aborted) throw new PullError('timeout');
    throw new PullError('network', error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    unwatch?.();
    abort.abort();
  }
}

function textOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  if (text.includes('\0')) throw new PullError('binary');
  return text;
}

/** What is certainly no list. */
export function refuseOther(text: string): void {
  if (text.includes('\0')) throw new PullError('binary');
  if (/^\s*<(?:!doctype|html|head|body|\?xml)\b/iu.test(text)) throw new PullError('html');
  if (text.trim() === '') throw new PullError('empty');
}
