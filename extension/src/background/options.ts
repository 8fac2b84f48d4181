// The person's choices that are not about one site.
import type { Options } from '../shared/model.js';
import { options } from '../shared/schema.js';
import { local } from './area.js';
import { complain } from './problems.js';
import { Cell } from './store.js';

const cell = new Cell<Options>(
  { key: 'options', version: 1, read: options, standard: () => ({ badge: true, stopPages: true, hiddenOnly: false }) },
  local,
  complain,
);

let changed: () => Promise<void> = async () => undefined;

export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

export function get(): Promise<Options> {
  return cell.load();
}

export async function set(change: Partial<Options>): Promise<Options> {
  await cell.change((options) => ({ ...options, ...change }));
  await changed();
  return cell.value;
}
