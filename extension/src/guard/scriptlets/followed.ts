// The scriptlets of followed lists, on the sites that they name: the calls come from the extension's own
// world (`relay/calls.ts`), before any script of the page.
import { word } from '../../shared/scriptlets.js';
import type { Call } from './call.js';
import { run } from './run.js';

const take = (event: Event): void => {
  if (!(event instanceof CustomEvent) || typeof event.detail !== 'string') return;
  document.removeEventListener(word, take);
  event.preventDefault();
  run(JSON.parse(event.detail) as readonly Call[]);
};

document.addEventListener(word, take);
document.dispatchEvent(new Event(`${word}?`));
// Whoever comes after the extension's own scripts is the page.
setTimeout(() => document.removeEventListener(word, take), 0);
