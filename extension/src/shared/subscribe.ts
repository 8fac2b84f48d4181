// `abp:subscribe?location=…&title=…` links, and the pages that stand for them.

export interface Link {
  readonly url: string;
  readonly title: string;
}

/** What such a link names; null where it is none. */
export function readLink(text: string): Link | null {
  const link = URL.parse(text.trim());
  const meant = link !== null && (link.protocol === 'abp:' || (link.protocol === 'https:' && link.hostname === 'subscribe.adblockplus.org'));
  if (!meant) return null;
  // `abp:subscribe?…` and `abp:///subscribe?…` are both in use.
  if (link.protocol === 'abp:' && !/^\/*subscribe\/?$/u.test(`${link.host}${link.pathname}`)) return null;
  const url = link.searchParams.get('location') ?? '';
  return url === '' ? null : { url: url.slice(0, 2_000), title: (link.searchParams.get('title') ?? '').slice(0, 300) };
}
