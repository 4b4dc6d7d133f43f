type Child = Node | string | null | false;

interface Props {
  class?: string;
  text?: string;
  title?: string;
  hidden?: boolean;
  attributes?: Record<string, string | number | boolean | null>;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

/** An element with its properties, listeners and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  if (props.title) element.title = props.title;
  if (props.hidden) element.hidden = true;
  for (const [name, value] of Object.entries(props.attributes ?? {})) setAttribute(element, name, value);
  for (const [type, listener] of Object.entries(props.on ?? {})) {
    element.addEventListener(type, listener as EventListener);
  }
  for (const child of children) if (child !== null && child !== false) element.append(child);
  return element;
}

export function setAttribute(element: Element, name: string, value: string | number | boolean | null): void {
  if (value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Strokes of 24 x 24 pixels. */
const ICONS = {
  select: 'M5 3l14 8-6 2-2 6z',
  mergePolygon: 'M5 8l7-4 7 5-2 9-9 1z M12 9v6 M9 12h6',
  mergeFreehand: 'M5 13c-1-6 6-9 10-7s5 9 0 12-9-1-10-5z M12 9v6 M9 12h6',
  excludePolygon: 'M5 8l7-4 7 5-2 9-9 1z M9 12h6',
  excludeFreehand: 'M5 13c-1-6 6-9 10-7s5 9 0 12-9-1-10-5z M9 12h6',
  brush: 'M20 4L10 14 M10 14c-3-1-5 1-5 3s-1 2-2 3c4 1 8 0 8-3 M20 4c-3 0-8 4-10 7',
  paintPolygon: 'M5 8l7-4 7 5-2 9-9 1z M8 9l8 6 M10 7l7 5 M8 13l6 4',
  fill: 'M12 4l7 7-7 7-7-7z M5 11h14 M20 15c1 2 1 4 0 4s-1-2 0-4',
  objectDelete: 'M5 12a5 6 0 1 1 10 0a5 6 0 1 1-10 0 M16 6l4 4 M20 6l-4 4',
  objectMerge: 'M4 12a4 5 0 1 1 8 0a4 5 0 1 1-8 0 M12 12a4 5 0 1 1 8 0a4 5 0 1 1-8 0 M10 12h4',
  objectSplit: 'M5 12a7 6 0 1 1 14 0a7 6 0 1 1-14 0 M14 4l-4 16',
  objectBrush: 'M4 15a4 4 0 1 1 8 0a4 4 0 1 1-8 0 M20 4l-9 9',
  eraser: 'M8 19h12 M4 15l9-10 7 6-8 8H8z M9 9l7 6',
  undo: 'M9 6L4 11l5 5 M4 11h10a5 5 0 0 1 0 9h-3',
  redo: 'M15 6l5 5-5 5 M20 11H10a5 5 0 0 0 0 9h3',
  zoomIn: 'M11 5a6 6 0 1 1 0 12a6 6 0 1 1 0-12 M16 16l4 4 M8 11h6 M11 8v6',
  zoomOut: 'M11 5a6 6 0 1 1 0 12a6 6 0 1 1 0-12 M16 16l4 4 M8 11h6',
  fit: 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5',
  check: 'M5 13l5 5L20 7',
  cross: 'M6 6l12 12 M18 6L6 18',
  open: 'M12 5a7 7 0 1 1 0 14a7 7 0 1 1 0-14',
  warning: 'M12 4l9 16H3z M12 10v5 M12 17v1',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  trash: 'M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13 M10 11v5 M14 11v5',
  copy: 'M9 9h11v11H9z M5 15V4h11',
  help: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2 M12 17v1 M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18',
  report: 'M6 3h9l4 4v14H6z M9 11h7 M9 15h7 M9 7h3',
  theme: 'M12 4a8 8 0 1 1 0 16z M12 4a8 8 0 1 0 0 16',
  finish: 'M5 21V4h13l-3 5 3 5H5',
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const picture = svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' });
  picture.append(svg('path', { d: ICONS[name] }));
  return picture;
}

/** A button with an icon; without a text its title is what a screen reader says. */
export function button(
  name: IconName | null,
  text: string,
  title: string,
  press: () => void,
  className = '',
): HTMLButtonElement {
  const element = h('button', { class: className, title, attributes: { type: 'button' }, on: { click: press } });
  if (name) element.append(icon(name));
  if (text) element.append(h('span', { text }));
  else element.setAttribute('aria-label', title);
  return element;
}

/** Radio buttons that look like one bar. */
export interface Choice<V extends string> {
  element: HTMLFieldSetElement;
  show(value: V, enabled?: boolean): void;
  /** Lets one of the options be chosen, or not. */
  allow(value: V, allowed: boolean): void;
}

/** Makes a {@link Choice}. */
export function choice<V extends string>(
  label: string,
  options: ReadonlyArray<{ value: V; text: string; title?: string }>,
  pick: (value: V) => void,
): Choice<V> {
  const name = `choice-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map(({ value }) =>
    h('input', { attributes: { type: 'radio', name, value }, on: { change: () => pick(value) } }),
  );
  const element = h('fieldset', { class: 'choice' }, h('legend', { text: label }));
  for (const [i, { text, title }] of options.entries()) {
    element.append(h('label', { title: title ?? '' }, inputs[i], h('span', { text })));
  }
  return {
    element,
    show: (value, enabled = true) => {
      element.disabled = !enabled;
      for (const input of inputs) input.checked = input.value === value;
    },
    allow: (value, allowed) => {
      for (const input of inputs) if (input.value === value) input.disabled = !allowed;
    },
  };
}
