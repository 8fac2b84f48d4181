// The log: everything that was stopped, newest first.
import { ask } from '../parts/ask.js';
import { find, make } from '../parts/dom.js';
import { eventDetails } from '../parts/event.js';
import { text } from '../parts/text.js';

const events = find('log-events', HTMLElement);
const search = find('log-search', HTMLInputElement);
const more = find('log-more', HTMLButtonElement);
const page = 50;

let oldest: number | null = null;
let asked = 0;

async function load(fresh: boolean): Promise<void> {
  asked += 1;
  const now = asked;
  const found = await ask('log.query', { text: search.value, before: fresh ? null : oldest, limit: page });
  // A later search has been answered already.
  if (now !== asked) return;
  const lines = found.events.map((event) => eventDetails(event, true));
  if (fresh) events.replaceChildren(...lines);
  else events.append(...lines);
  oldest = found.events.at(-1)?.id ?? oldest;
  more.hidden = !found.more;
  if (events.childElementCount === 0) events.append(make('p', { class: 'empty' }, text(search.value === '' ? 'log_none' : 'log_none_found')));
}

export function show(): Promise<void> {
  return load(true);
}

export function start(): void {
  search.addEventListener('input', () => void load(true));
  more.addEventListener('click', () => void load(false));
  find('log-clear', HTMLButtonElement).addEventListener('click', () => {
    if (confirm(text('log_clear_sure'))) void ask('log.clear', {}).then(show);
  });
}
