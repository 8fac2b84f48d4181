// Texts for people: from _locales, into the page by `data-text` attributes.
import { browser } from '../../shared/browser.js';

export function text(name: string, ...values: (string | number)[]): string {
  return browser.i18n.getMessage(name, values.map(String)) || name;
}

/** A text that differs for one and for several; `NAME_one` and `NAME_many`. */
export function counted(name: string, count: number, ...values: (string | number)[]): string {
  const one = new Intl.PluralRules(browser.i18n.getUILanguage()).select(count) === 'one';
  return text(`${name}_${one ? 'one' : 'many'}`, number(count), ...values);
}

export function number(value: number): string {
  return new Intl.NumberFormat(browser.i18n.getUILanguage()).format(value);
}

export function moment(time: number): string {
  return new Intl.DateTimeFormat(browser.i18n.getUILanguage(), { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

const spans = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const;

/** How far away a time is, in the largest unit that fits. */
export function away(time: number, now = Date.now()): string {
  const [unit, span] = spans.find(([, length]) => Math.abs(time - now) >= length) ?? ['minute', 60_000];
  return new Intl.RelativeTimeFormat(browser.i18n.getUILanguage(), { numeric: 'auto' }).format(Math.trunc((time - now) / span), unit);
}

/** A time, and how far away it is. */
export function dated(time: number): string {
  return `${moment(time)} (${away(time)})`;
}

/** A time of today by the clock alone. */
export function soon(time: number): string {
  return new Date(time).toDateString() === new Date().toDateString() ? clock(time) : moment(time);
}

export function clock(time: number): string {
  return new Intl.DateTimeFormat(browser.i18n.getUILanguage(), { timeStyle: 'short' }).format(time);
}

export function day(iso: string): string {
  return new Intl.DateTimeFormat(browser.i18n.getUILanguage(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso));
}

/** Fills in every text of the page, its language and its direction. */
export function translate(root: ParentNode = document): void {
  document.documentElement.lang = browser.i18n.getUILanguage();
  document.documentElement.dir = browser.i18n.getMessage('@@bidi_dir') || 'ltr';
  for (const element of root.querySelectorAll<HTMLElement>('[data-text]')) element.textContent = text(element.dataset['text'] ?? '');
  for (const element of root.querySelectorAll<HTMLElement>('[data-label]')) element.setAttribute('aria-label', text(element.dataset['label'] ?? ''));
  for (const element of root.querySelectorAll<HTMLElement>('[data-title]')) element.title = text(element.dataset['title'] ?? '');
  for (const element of root.querySelectorAll<HTMLInputElement>('[data-placeholder]')) element.placeholder = text(element.dataset['placeholder'] ?? '');
}
