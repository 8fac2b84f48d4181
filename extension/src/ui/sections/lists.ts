// Lists: what is in force, how old it is, and what of it is not in force and why.
import type { ListInfo } from '../../shared/model.js';
import { ask } from '../parts/ask.js';
import { find, make } from '../parts/dom.js';
import { moment, number, text } from '../parts/text.js';

const cards = find('list-cards', HTMLElement);

export function start(): void {
  // Nothing to listen to.
}

export async function show(): Promise<void> {
  const { lists } = await ask('lists.get', {});
  cards.replaceChildren(...(lists.length === 0 ? [make('p', { class: 'empty' }, text('lists_none'))] : lists.map(card)));
}

function card(list: ListInfo): HTMLElement {
  const facts = make('dl', { class: 'facts' });
  const add = (name: string, value: string): void => facts.append(make('dt', {}, text(name)), make('dd', {}, value));
  add('list_entries', number(list.entries));
  add('list_in_force', number(list.inForce));
  if (list.engineOnly > 0) add('list_engine_only', number(list.engineOnly));
  if (list.refused > 0) add('list_refused', number(list.refused));
  if (list.updated !== null) add('list_updated', moment(list.updated));
  if (list.licence !== '') add('list_licence', list.licence);
  if (list.lastError !== null) add('list_error', list.lastError);
  const link = /^https:\/\//u.test(list.homepage) ? make('a', { href: list.homepage, target: '_blank', rel: 'noreferrer' }, text('list_homepage')) : null;
  return make('article', { class: 'sheet padded' }, make('h2', {}, list.title), make('p', { class: 'soft' }, text(list.bundled ? 'list_bundled' : 'list_followed'), ' ', link), facts);
}
