// About: the version, what is at work, and what went wrong and was survived.
import { ask } from '../parts/ask.js';
import { find, make } from '../parts/dom.js';
import { moment, number, text } from '../parts/text.js';

const facts = find('about-facts', HTMLElement);
const problems = find('about-problems', HTMLElement);

export function start(): void {
  // Nothing to listen to.
}

export async function show(): Promise<void> {
  const about = await ask('about.get', {});
  const { engine } = about;
  const lines: [string, string][] = [
    ['about_version', about.version],
    ['about_access', text(about.hostAccess ? 'yes' : 'about_access_no')],
    ['about_engine', engine.ready ? text('about_engine_ready', number(engine.filters), number(engine.loadMilliseconds)) : text('about_engine_missing', engine.error)],
    ['about_guard', text(about.guard ? 'yes' : 'no')],
  ];
  facts.replaceChildren(...lines.flatMap(([name, value]) => [make('dt', {}, text(name)), make('dd', {}, value)]));
  problems.replaceChildren(
    ...(about.problems.length === 0
      ? [make('p', { class: 'soft' }, text('about_no_problems'))]
      : about.problems.map(({ time, part, detail }) => make('p', {}, make('small', {}, `${moment(time)} · ${part}`), make('span', { dir: 'auto' }, detail)))),
  );
}
