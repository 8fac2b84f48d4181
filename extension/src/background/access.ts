// Host access: both browsers let the person take it back, and nothing can be protected without it.
import { browser } from '../shared/browser.js';

export function granted(): Promise<boolean> {
  return browser.permissions.contains({ origins: ['<all_urls>'] }).catch(() => false);
}
