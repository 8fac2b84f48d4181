// The extension's storage area in the shape that `store.ts` works with.
import { browser } from '../shared/browser.js';
import type { Area } from './store.js';

export const local: Area = {
  get: (keys) => browser.storage.local.get(keys),
  set: (items) => browser.storage.local.set(items),
  remove: (keys) => browser.storage.local.remove(keys),
};
