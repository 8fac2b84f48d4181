// The wording of families that came by our channel, for pages that show what was stopped.
import { browser } from '../shared/browser.js';
import { familyWords, familyKey } from '../shared/families.js';

/** Null: none; families are shown by their names. What cannot be read is none. */
export async function use(bytes: Uint8Array | null): Promise<void> {
  if (bytes === null) {
    await browser.storage.local.remove(familyKey);
    return;
  }
  try {
    await browser.storage.local.set({ [familyKey]: familyWords(JSON.parse(new TextDecoder().decode(bytes))) });
  } catch {
    await browser.storage.local.remove(familyKey);
  }
}
