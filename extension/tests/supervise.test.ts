// What is fetched once more for a page: no more of it, and no longer, than is good for the browser, and
// nothing of another origin where the page is to have it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { live } from './background.js';
import { Memory } from './memory.js';

interface Supervise {
  fetched(url: string, own?: boolean): Promise<Uint8Array | null>;
}

/** An answer that came from this address in the end. */
function from(url: string, body: BodyInit): Response {
  return Object.defineProperty(new Response(body), 'url', { value: url });
}

describe('what is fetched once more', () => {
  const { fetch } = globalThis;
  let supervise: Supervise;
  before(async () => {
    Object.assign(globalThis, { chrome: { storage: { local: new Memory(), session: new Memory() }, runtime: { getURL: (path: string) => path } } });
    ({ supervise } = await live<{ supervise: Supervise }>({ supervise: 'supervise' }));
  });
  after(() => {
    globalThis.fetch = fetch;
  });

  test('a server that leads to another origin gives a page nothing of it', async () => {
    globalThis.fetch = async () => from('https://b.test/secret', 'secret');
    assert.equal(await supervise.fetched('https://a.test/led', true), null);
    assert.deepEqual(await supervise.fetched('https://a.test/led'), new TextEncoder().encode('secret'));
    globalThis.fetch = async () => from('https://a.test/there', 'script');
    assert.deepEqual(await supervise.fetched('https://a.test/led', true), new TextEncoder().encode('script'));
  });

  test('an answer without an end is left', async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    globalThis.fetch = async () => from('https://a.test/endless', endless);
    assert.equal(await supervise.fetched('https://a.test/endless'), null);
    assert.equal(cancelled, true);
  });
});
