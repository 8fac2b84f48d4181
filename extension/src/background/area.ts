// The extension's storage areas in the shape that `store.ts` works with.
import { browser } from '../shared/browser.js';
import type { Area } from './store.js';

/** Until the browser ends. */
export const session: Area = {
  get: (keys) => browser.storage.session.get(keys),
  set: (items) => browser.storage.session.set(items),
  remove: (keys) => browser.storage.session.remove(keys),
};

export const local: Area = {
  get: (keys) => browser.storage.local.get(keys),
  set: (items) => browser.storage.local.set(items),
  remove: (keys) => browser.storage.local.remove(keys),
};
