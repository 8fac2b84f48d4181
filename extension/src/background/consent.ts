// Pages whose person agreed to mining, by tab, until the page is left. Nothing of it is stored: where
// the background was stopped meanwhile, the frames that are there keep what they were told.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { asksFirst } from '../shared/consent.js';
import * as options from './options.js';

type Sender = chrome.runtime.MessageSender;

const agreed = new Set<number>();

/** Whether the requests of a service that asks first are let through. */
export async function opens(url: string): Promise<boolean> {
  return asksFirst(hostOf(url)) && (await options.get()).hiddenOnly;
}

export function given(tabId: number): boolean {
  return agreed.has(tabId);
}

/** The page in the tab is left. */
export function forget(tabId: number): void {
  agreed.delete(tabId);
}

/** Asked by a frame of such a service, where the browser says that it is one: does a click count, and later, there was one. */
export async function ask({ tab, url }: Sender, clicked: boolean): Promise<{ counts: boolean }> {
  const counts = tab?.id !== undefined && (await opens(url ?? ''));
  if (counts && clicked && tab?.id !== undefined) {
    agreed.add(tab.id);
    await browser.tabs.sendMessage(tab.id, { type: 'guard.settle', policy: 'allow' }).catch(() => undefined);
  }
  return { counts };
}
