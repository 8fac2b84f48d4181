// The page that is shown where a mining service was opened as a page.
import { browser } from '../shared/browser.js';
import { hostOf } from '../shared/host.js';
import { ask, words } from './parts/ask.js';
import { find } from './parts/dom.js';
import { text, translate } from './parts/text.js';

/** The address that was stopped; only web addresses can be gone on to. */
function stoppedAddress(): string {
  try {
    const address = decodeURIComponent(location.hash.slice(1));
    return hostOf(address) === '' ? '' : address;
  } catch {
    return '';
  }
}

async function goOn(address: string, always: boolean): Promise<void> {
  await ask('stopped.proceed', { url: address, always });
  location.replace(address);
}

/** Back to the page before; Chromium has an entry for the blocked page between. */
async function goBack(): Promise<void> {
  const here = location.href;
  const steps = history.length > 2 ? [-2, -1] : [-1];
  for (const step of steps) {
    history.go(step);
    await new Promise((resolve) => setTimeout(resolve, 600));
    if (location.href !== here) return;
  }
  const tab = await browser.tabs.getCurrent();
  if (tab?.id !== undefined) await browser.tabs.remove(tab.id);
}

function failed(error: unknown): void {
  find('failure', HTMLElement).textContent = words(error);
}

async function show(): Promise<void> {
  const address = stoppedAddress();
  const host = hostOf(address);
  document.title = text('stopped_title');
  find('address', HTMLElement).textContent = address === '' ? text('stopped_no_address') : address;
  const always = find('always', HTMLButtonElement);
  const once = find('once', HTMLButtonElement);
  always.textContent = text('stopped_always', host);
  always.disabled = once.disabled = address === '';
  once.addEventListener('click', () => void goOn(address, false).catch(failed));
  always.addEventListener('click', () => void goOn(address, true).catch(failed));
  find('back', HTMLButtonElement).addEventListener('click', () => void goBack().catch(failed));
  find('back', HTMLButtonElement).focus();
  if (address === '') return;
  const { list, filter, service, ofMiners } = await ask('stopped.get', { url: address });
  if (list === '' && !ofMiners) return;
  find('lead', HTMLElement).textContent = ofMiners ? text('stopped_lead') : text('stopped_by_list', list);
  find('why', HTMLElement).textContent = list === '' ? text('stopped_why_unnamed', service) : text('stopped_why', service, list);
  find('filter', HTMLElement).textContent = filter;
  find('facts', HTMLElement).hidden = false;
}

translate();
void show().catch(failed);
