// Keeps the keyboard where it is while what it is in is drawn anew.

/**
 * Draws, and gives the focus to what stands in the place of what had it: the element with the same
 * `data-focus`, which is the name of a thing and of what is done with it; another of the same thing; or
 * `instead`, where the thing is gone.
 */
export function keepingFocus(inside: HTMLElement, draw: () => void, instead: HTMLElement): void {
  const { activeElement } = document;
  const held = activeElement instanceof HTMLElement && inside.contains(activeElement) ? (activeElement.dataset['focus'] ?? '') : null;
  draw();
  if (held === null) return;
  const all = [...inside.querySelectorAll<HTMLElement>('[data-focus]')];
  const thing = held.slice(0, held.lastIndexOf(' ') + 1);
  const next = all.find(({ dataset }) => dataset['focus'] === held) ?? (thing === '' ? undefined : all.find(({ dataset }) => dataset['focus']?.startsWith(thing)));
  (next ?? instead).focus();
}
