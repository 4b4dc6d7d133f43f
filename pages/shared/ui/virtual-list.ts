import { visibleRows } from '../logic/visible-rows';
import { h, setAttribute } from './dom';

interface ListOptions<T> {
  /** what it is called, for screen readers */
  label: string;
  /** of every row, pixels */
  rowHeight: number;
  /** begins the ids of rows in the document */
  name: string;
  isOpen(item: T): boolean;
  /** what a row holds; its place in the list and what it is for screen readers are set here */
  row(item: T, at: number): HTMLElement;
  open(item: T): void;
  /** arrows in the list */
  step(by: 1 | -1): void;
}

export interface VirtualList<T> {
  element: HTMLElement;
  /** Shows these rows; those whose items are the same stay as they are. */
  show(items: readonly T[]): void;
  /** Draws what is open anew and brings it into sight. */
  reveal(): void;
}

/** A list of which only the rows in sight exist, so that thousands cost what twenty do. */
export function virtualList<T>(options: ListOptions<T>): VirtualList<T> {
  const { label, rowHeight, name, isOpen } = options;
  const rows = h('div', { class: 'rows' });
  const element = h(
    'div',
    {
      class: 'list',
      attributes: { role: 'listbox', tabindex: 0, 'aria-label': label },
      on: { scroll: () => draw(), keydown: step },
    },
    rows,
  );
  let items: readonly T[] = [];
  let drawn = new Map<number, { item: T; element: HTMLElement }>();
  new ResizeObserver(() => draw()).observe(element);

  return {
    element,
    show: (shown) => {
      items = shown;
      rows.style.height = `${items.length * rowHeight}px`;
      draw();
    },
    reveal: () => {
      const at = items.findIndex(isOpen);
      const top = at * rowHeight;
      if (at >= 0 && (top < element.scrollTop || top + rowHeight > element.scrollTop + element.clientHeight)) {
        element.scrollTop = top - element.clientHeight / 3;
      }
      draw();
    },
  };

  function draw(): void {
    const [first, end] = visibleRows(items.length, rowHeight, element.scrollTop, element.clientHeight);
    const before = drawn;
    drawn = new Map();
    for (let at = first; at < end; at++) {
      const known = before.get(at);
      drawn.set(at, known?.item === items[at] ? known : { item: items[at], element: made(items[at], at) });
    }
    for (const [at, row] of before) if (drawn.get(at) !== row) row.element.remove();
    for (const row of drawn.values()) {
      setAttribute(row.element, 'aria-selected', String(isOpen(row.item)));
      setAttribute(row.element, 'aria-setsize', items.length);
      if (!row.element.isConnected) rows.append(row.element);
    }
    const open = [...drawn].find(([, { item }]) => isOpen(item));
    setAttribute(element, 'aria-activedescendant', open ? `${name}-${open[0]}` : null);
  }

  function made(item: T, at: number): HTMLElement {
    const row = options.row(item, at);
    row.id = `${name}-${at}`;
    setAttribute(row, 'role', 'option');
    setAttribute(row, 'aria-posinset', at + 1);
    row.style.top = `${at * rowHeight}px`;
    row.addEventListener('click', () => options.open(item));
    return row;
  }

  function step(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    options.step(by as 1 | -1);
  }
}
