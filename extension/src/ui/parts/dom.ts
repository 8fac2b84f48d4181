// Building elements without markup text.

type Child = Node | string | null;
type Properties = { readonly [name: string]: string | boolean | ((event: Event) => void) | undefined };

/** An element; properties that are functions listen (`onclick`), others are attributes. */
export function make<K extends keyof HTMLElementTagNameMap>(name: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(key.replace(/^on/u, ''), value);
    else if (typeof value === 'boolean') element.toggleAttribute(key, value);
    else if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The element with this id, of this kind; a page without it is a mistake of ours. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`#${id} is missing`);
  return element;
}

export function choices(select: HTMLSelectElement, entries: readonly (readonly [value: string, label: string])[], chosen: string): void {
  select.replaceChildren(...entries.map(([value, label]) => make('option', { value, selected: value === chosen }, label)));
  select.value = chosen;
}
