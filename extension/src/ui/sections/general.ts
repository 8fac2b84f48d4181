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
  for (const name of Object.keys(switches) as (keyof Options)[]) switches[name].addEventListener('change', () => void choose({ [name]: switches[name].checked }));
}

/** A switch shows what is stored, also where that was refused. */
async function choose(change: Partial<Options>): Promise<void> {
  try {
    await ask('options.set', change);
  } finally {
    await show();
  }
}
