/** As much of jQuery, and of Node-RED's additions to it, as the editor's pages use. */
export interface Elements {
  empty(): Elements;
  show(): Elements;
  hide(): Elements;
  toggle(shown: boolean): Elements;
  text(words: string): Elements;
  appendTo(place: Elements): Elements;
  prepend(html: string): Elements;
  next(selector: string): Elements;
  find(selector: string): Elements;
  prevAll(): Elements;
  remove(): Elements;
  attr(name: string, value: string): Elements;
  addClass(name: string): Elements;
  on(event: string, listener: () => void): Elements;
  trigger(event: string): Elements;
  val(): unknown;
  val(value: unknown): Elements;
  prop(name: string): unknown;
  prop(name: string, value: unknown): Elements;
  typedInput(question: 'type' | 'value'): string;
  typedInput(options: { default: string; types: readonly string[]; typeField: string }): Elements;
}

/** What a request without success answered; Node-RED's routes say why in `message`. */
interface FailedAnswer {
  status?: number;
  responseJSON?: { message?: string };
}

export interface Request<T> {
  done(use: (answer: T) => void): Request<T>;
  fail(use: (answer: FailedAnswer, how: string) => void): Request<T>;
  abort(): void;
}

export interface Query {
  /** finds elements of the page, or makes one of HTML */
  (selector: string): Elements;
  getJSON<T>(address: string, query?: object): Request<T>;
  ajax<T>(options: { url: string; method: string; headers: Record<string, string>; data?: string }): Request<T>;
}

/** A node as the editor holds it: its properties, and its catalogue. */
export interface EditedNode {
  id: string;
  type: string;
  name?: string;
  _(key: string, values?: Record<string, unknown>): string;
  [property: string]: unknown;
}

/** What of the browser the pages use. */
export interface Browser {
  $: Query;
  /** Opens an address in a tab of its own. */
  open(address: string): void;
  /** Hears of every node that comes into the editor. */
  onNode(listener: (node: EditedNode) => void): void;
  /** Notes that a button changed properties of a node, so that it can be undone and is deployed. @param before their values */
  changed(node: EditedNode, before: Record<string, unknown>): void;
  /** Shows a person an error. */
  notify(message: string): void;
}
