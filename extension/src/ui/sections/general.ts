// The choices that are not about one site.
import type { Options } from '../../shared/model.js';
import { ask } from '../parts/ask.js';
import { find } from '../parts/dom.js';

const switches: Readonly<Record<keyof Options, HTMLInputElement>> = {
  badge: find('option-badge', HTMLInputElement),
  stopPages: find('option-stop-pages', HTMLInputElement),
  hiddenOnly: find('option-hidden-only', HTMLInputElement),
};

export async function show(): Promise<void> {
  const options = await ask('options.get', {});
  switches.badge.checked = options.badge;
  switches.stopPages.checked = options.stopPages;
  switches.hiddenOnly.checked = options.hiddenOnly;
}

export function start(): void {
  switches.badge.addEventListener('change', () => void ask('options.set', { badge: switches.badge.checked }).then(show));
  switches.stopPages.addEventListener('change', () => void ask('options.set', { stopPages: switches.stopPages.checked }).then(show));
  switches.hiddenOnly.addEventListener('change', () => void ask('options.set', { hiddenOnly: switches.hiddenOnly.checked }).then(show));
}
