// A person clicked an `abp:subscribe` link in a page: our page opens with what it names filled in, and
// nothing is added before the person says so there. What cannot be fetched is said there too.
import { browser } from '../shared/browser.js';
import { readLink } from '../shared/subscribe.js';

export async function open(message: object): Promise<Record<string, never>> {
  const { href } = message as { href?: unknown };
  const link = typeof href === 'string' && href.length <= 4_000 ? readLink(href) : null;
  if (link !== null) {
    const asked = new URLSearchParams({ subscribe: link.url, title: link.title });
    await browser.tabs.create({ url: browser.runtime.getURL(`ui/options.html?${asked.toString()}#lists`) });
  }
  return {};
}
