type Child = Node | string | null | false;

interface Props {
  class?: string;
  text?: string;
  title?: string;
  hidden?: boolean;
  attributes?: Record<string, string | number | null>;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

/** An element with its properties, listeners and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, text, title, hidden, attributes = {}, on = {} }: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (title) element.title = title;
  if (hidden) element.hidden = true;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, String(value));
  }
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener as EventListener);
  for (const child of children) if (child !== null && child !== false) element.append(child);
  return element;
}

/** A sign of Font Awesome, which says nothing that a text does not say. */
export function icon(name: string): HTMLElement {
  return h('i', { class: `fa fa-${name}`, attributes: { 'aria-hidden': 'true' } });
}

/** A button in the editor's looks. @param key finds it again where its surroundings are drawn anew */
export function button(
  words: string,
  onclick: () => void,
  { key, sign, title, disabled }: { key?: string; sign?: string; title?: string; disabled?: boolean } = {},
): HTMLButtonElement {
  const made = h(
    'button',
    {
      class: 'red-ui-button red-ui-button-small',
      title,
      attributes: { type: 'button', 'data-key': key ?? null },
      on: { click: onclick },
    },
    sign ? icon(sign) : null,
    sign && words ? ` ${words}` : words,
  );
  made.disabled = disabled ?? false;
  return made;
}

/** Draws anew what is in an element; the focus stays on what has the same key. */
export function redraw(element: HTMLElement, ...children: Child[]): void {
  const { activeElement } = document;
  const key = activeElement && element.contains(activeElement) ? activeElement.getAttribute('data-key') : null;
  element.replaceChildren(...children.filter((child): child is Node | string => child !== null && child !== false));
  if (key) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** A row that shows an item, and another state of it later. */
export interface RowView<T> {
  element: HTMLElement;
  show(item: T): void;
}

/** Shows items as rows: rows of the same key stay the elements that they are, so that focus and what is open stay. */
export class Rows<T> {
  private readonly rows = new Map<string, RowView<T>>();

  constructor(
    private readonly list: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly make: (item: T) => RowView<T>,
  ) {}

  show(items: readonly T[]): void {
    const keys = new Set(items.map(this.keyOf));
    for (const [key, { element }] of this.rows) {
      if (keys.has(key)) continue;
      element.remove();
      this.rows.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const key = this.keyOf(item);
      const row = this.rows.get(key) ?? this.make(item);
      this.rows.set(key, row);
      row.show(item);
      if (this.list.children[index] !== row.element)
        this.list.insertBefore(row.element, this.list.children[index] ?? null);
    }
  }
}
