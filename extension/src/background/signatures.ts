// Signatures that came by our channel, for the inspectors in pages and in the background. They are kept
// as text where every frame can read them; without any, the inspector uses those in its package.
import { browser } from '../shared/browser.js';
import * as inspector from './inspector.js';

/** As in `relay/main.ts`. */
const key = 'signatures';

let present: string | undefined;

/** Null: those of the package. */
export async function use(bytes: Uint8Array | null): Promise<void> {
  const text = bytes === null ? '' : base64(bytes);
  if ((await current()) !== text) {
    if (text === '') await browser.storage.local.remove(key);
    else await browser.storage.local.set({ [key]: text });
    present = text;
  }
  inspector.useSignatures(text);
}

export async function current(): Promise<string> {
  if (present === undefined) {
    const stored = (await browser.storage.local.get(key))[key];
    present = typeof stored === 'string' ? stored : '';
  }
  return present;
}

/** At the start of the background. */
export async function start(): Promise<void> {
  inspector.useSignatures(await current());
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}
