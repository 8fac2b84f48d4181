// Lines of a list that are not, or not wholly, in force, and why.
import type { LineProblem } from '../../shared/model.js';
import { make } from './dom.js';
import { counted, text } from './text.js';

/** `more`: how many there are that are not among `found`. */
export function lines(found: readonly LineProblem[], more: number): HTMLElement[] {
  const items = found.map(({ line, text: written, reason, partly }) => make('li', {}, `${text('list_line', line)}: `, make('code', {}, written), ` – ${partly ? `${text('list_partly')}: ` : ''}${reason}`));
  return more === 0 ? items : [...items, make('li', { class: 'soft' }, counted('and_more', more))];
}
