// Where a server leads a fetch of ours: `fetch` itself only says that it failed, or follows first and
// tells afterwards. The browser shows each answer before it is followed.
import { browser } from '../shared/browser.js';

type Answered = chrome.webRequest.OnHeadersReceivedDetails;

/** Calls `found` with each address to which the fetch of this one is led, until the returned function is called. */
export function watch(url: string, found: (location: string) => void): () => void {
  const first = URL.parse(url)?.href;
  let number: string | undefined;
  const listener = (details: Answered): undefined => {
    const { requestId, url: asked, responseHeaders = [] } = details;
    if (number === undefined && asked === first) number = requestId;
    if (requestId !== number || details.statusCode < 300 || details.statusCode > 399) return undefined;
    const location = responseHeaders.find(({ name }) => name.toLowerCase() === 'location')?.value;
    const next = location === undefined ? null : URL.parse(location, asked);
    if (next !== null) found(next.href);
    return undefined;
  };
  // Requests of pages have a tab; ours have none.
  browser.webRequest.onHeadersReceived.addListener(listener, { urls: ['<all_urls>'], tabId: -1 }, ['responseHeaders']);
  return () => browser.webRequest.onHeadersReceived.removeListener(listener);
}
