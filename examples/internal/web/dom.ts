// Small helpers around the document.

/** The element with that id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element as T;
}

/** A copy of what is in a template. */
export function clone(id: string): HTMLElement {
  const content = byId<HTMLTemplateElement>(id).content;
  return content.firstElementChild!.cloneNode(true) as HTMLElement;
}

/** The first element inside that matches. */
export function inside<T extends Element = HTMLElement>(parent: Element, selector: string): T {
  return parent.querySelector(selector) as T;
}

/** Sets the text, but only if it differs: what does not change is not announced again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes the children of a list follow its items. Elements are kept by key, so that only what is new enters the document
 * and nothing that is selected or focused goes away.
 */
export function keyed<T>(
  list: Element,
  items: T[],
  keyOf: (item: T) => string,
  create: (item: T) => HTMLElement,
  update: (element: HTMLElement, item: T) => void,
): void {
  const old = new Map(Array.from(list.children, (child) => [(child as HTMLElement).dataset.key, child as HTMLElement]));
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    old.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  for (const element of old.values()) element.remove();
}

/** Makes an avatar: the initials on a colour that belongs to the name. */
export function paintAvatar(element: HTMLElement, name: string): void {
  const words = name.split(" ");
  const letters = words.length > 1 ? [words[0], words[words.length - 1]].map(firstLetter).join("") : firstLetter(name);
  setText(element, letters.toUpperCase());
  element.style.setProperty("--hue", String(hue(name)));
}

const firstLetter = (word: string): string => [...word][0] ?? "";

/**
 * A hue for a name. The golden angle keeps neighbours apart. Not rounded: the cursors of y-codemirror.next show a new name
 * only when the colour is another one too.
 */
export function hue(name: string): number {
  let hash = 7;
  for (const letter of name.toLowerCase()) hash = (hash * 31 + letter.codePointAt(0)!) % 9973;
  return (hash * 137.508) % 360;
}
