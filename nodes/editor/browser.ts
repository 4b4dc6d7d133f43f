import type { Browsed } from '../../src/samples/listing/folder-view';
import type english from '../sidebar/locales/en-US/sidebar.json';

/** As much of jQuery, and of Node-RED's additions to it, as the editor's pages use. */
export interface Elements {
  empty(): Elements;
  show(): Elements;
  hide(): Elements;
  toggle(shown: boolean): Elements;
  text(words: string): Elements;
  appendTo(place: Elements): Elements;
  prependTo(place: Elements): Elements;
  prepend(html: string): Elements;
  next(selector: string): Elements;
  find(selector: string): Elements;
  filter(selector: string): Elements;
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
  typedInput(option: 'type' | 'value', value: string): Elements;
  typedInput(options: { default: string; types: ReadonlyArray<string | TypedInputType>; typeField: string }): Elements;
}

/** A value that is offered, and how it is shown. */
export interface Offer {
  value: string;
  label: Elements;
}

/** A type of a typed input with offers of its own. */
export interface TypedInputType {
  value: string;
  label: string;
  /** of Font Awesome */
  icon: string;
  /** Gives what is offered for a text that is being typed. */
  autoComplete(value: string, done: (offers: Offer[]) => void): void;
  /** Called by the button at the end of the field. */
  expand(): void;
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
  ajax<T>(options: {
    url: string;
    method: string;
    headers: Record<string, string>;
    data?: string;
    xhrFields?: { responseType: 'blob' };
  }): Request<T>;
  /** wraps an element of the document */
  (element: object): Elements;
}

/** A node as the editor holds it: its properties, and its catalogue. */
export interface EditedNode {
  id: string;
  type: string;
  name?: string;
  _(key: string, values?: Record<string, unknown>): string;
  [property: string]: unknown;
}

/** Keys of the texts that nodes share. */
export type SharedText = `choice.${keyof (typeof english)['choice']}`;

/** What a person chooses a path from. */
export interface PathQuestion {
  /** what the field is called */
  label: string;
  of: Browsed;
  /** the flow whose variables count */
  flow: string;
  /** where to begin; blank: at the folders that may be looked into */
  path: string;
  choose(path: string): void;
}

/** What of the browser the pages use. */
export interface Browser {
  $: Query;
  /** Opens a dialog in which a file or folder of the server is chosen. */
  choosePath(question: PathQuestion): void;
  /** Puts a picture of the server before what is in a place; where there is none, nothing. */
  showPicture(address: string, label: string, place: Elements): void;
  /** Puts the variables that the editor knows into a typed input's text; others stay as they are. */
  withVariables(text: string, type: string, node: EditedNode): string;
  /** Opens an address in a tab of its own. */
  open(address: string): void;
  /** Hears of every node that comes into the editor. */
  onNode(listener: (node: EditedNode) => void): void;
  /** Notes that a button changed properties of a node, so that it can be undone and is deployed. @param before their values */
  changed(node: EditedNode, before: Record<string, unknown>): void;
  /** Looks up a text that nodes share: it is in the catalogue of the tab. */
  text(key: SharedText, values?: Record<string, string | number>): string;
  /** Opens a list below a field; a person takes one of it. */
  menu(field: Elements, offers: Offer[], use: (value: string) => void): void;
  /** Says something over an element while the pointer is on it; nothing where there is nothing to say. */
  tooltip(target: Elements, words: () => string | null): void;
  /** Shows a person an error. */
  notify(message: string): void;
}
