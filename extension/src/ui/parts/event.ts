// One stopped thing as a line that opens to the whole story.
import type { StopEvent } from '../../shared/model.js';
import { make } from './dom.js';
import { moment, number, soon, text } from './text.js';
import { how, outcome, times, title } from './words.js';

export function eventDetails(event: StopEvent, withSite: boolean): HTMLElement {
  const repeated = event.count > 1 ? make('span', { class: 'times' }, times(event.count)) : null;
  const second = [...(withSite ? [soon(event.time), event.site] : []), how(event)].filter((part) => part !== '').join(' · ');
  return make(
    'details',
    { class: 'event', 'data-outcome': event.outcome, 'data-id': String(event.id) },
    make(
      'summary',
      { 'data-focus': `${event.id} summary` },
      make('span', { class: 'dot', 'aria-hidden': 'true' }),
      make('span', { class: 'event-title' }, make('bdi', {}, title(event))),
      repeated,
      make('span', { class: 'event-second' }, make('bdi', {}, second)),
    ),
    facts(event, withSite),
  );
}

function facts(event: StopEvent, withSite: boolean): HTMLElement {
  const list = make('dl', { class: 'facts' });
  const add = (name: string, value: string, code = false): void => {
    if (value !== '') list.append(make('dt', {}, text(name)), make('dd', {}, make(code ? 'code' : 'span', { dir: code ? 'ltr' : 'auto' }, value)));
  };
  add('fact_outcome', outcome(event));
  if (event.evidence.length > 0) {
    const reasons = event.evidence.map(({ detail, signature }) => make('li', {}, detail === '' ? signature : detail));
    list.append(make('dt', {}, text('fact_evidence')), make('dd', {}, make('ul', {}, ...reasons)));
  }
  if (event.how !== 'list' && event.confidence > 0) add('fact_confidence', text('percent', number(event.confidence)));
  add('fact_time', moment(event.time));
  if (withSite) add('fact_site', event.site);
  add('fact_algorithm', event.algorithm);
  add('fact_address', event.url, true);
  if (event.frameUrl !== event.url) add('fact_frame', event.frameUrl, true);
  add('fact_list', event.list ?? '');
  add('fact_filter', event.filter ?? '', true);
  return list;
}
