import type { Browsed } from '../../src/samples/listing/folder-view';
import type { Browser, EditedNode } from './browser';

/** What a row's check sees of the node: its stored properties. */
export type Values = Readonly<Record<string, unknown>>;

/** `known`: a model to be found; `named`: the name under which a training makes its versions. */
export type ModelUse = 'known' | 'named';

/** The row of one setting; what kind of field it has follows from the setting's schema. */
export interface Row<N extends string = string> {
  readonly name: N;
  /** of Font Awesome; a checkbox without one stands before its label */
  readonly icon?: string;
  /** offers the models there are in a typed input, and says what is known of the one it names */
  readonly models?: ModelUse;
  /** images of a sample that are offered, by their names in it; any other name can be given; '' stands for none */
  readonly images?: readonly string[];
  /** type of the configuration node that is chosen in it */
  readonly config?: string;
  /** what the schema cannot say of a value, given as the text that is stored */
  readonly check?: (value: string, node: Values) => boolean;
  /** the catalogue's `reason` for a value that does not fit schema or check */
  readonly reason?: string;
  /** shown only while another field has one of these values */
  readonly shownFor?: { readonly field: N; readonly values: readonly unknown[] };
  /** of a path: what a person chooses it from, with a button after the field */
  readonly browse?: Browsed;
  /** HTML that stands after the field, such as a button */
  readonly after?: string;
}

/** Rows that are folded away at first, under the catalogue's `section`. */
export interface Section<N extends string = string> {
  readonly section: string;
  readonly rows: ReadonlyArray<Row<N>>;
}

/** What is no setting. */
export interface Special {
  readonly html: string;
}

/** A node's page in the editor. */
export interface EditorPage<N extends string = string> {
  /** its folder; its type is `segmenter-<name>` */
  readonly name: string;
  /** of the node in the flow; configuration nodes have none */
  readonly color?: string;
  /** 1, or none */
  readonly inputs?: 0;
  readonly outputs?: number;
  /** what Node-RED keeps apart from the flow; its fields are in a row of the page's own */
  readonly credentials?: Readonly<Record<string, { type: 'text' | 'password' }>>;
  readonly rows: ReadonlyArray<Row<N> | Section<N> | Special>;
  /** A button beside the node in the flow that switches a setting. */
  readonly button?: { readonly toggle: N; clicked(node: EditedNode, browser: Browser): void };
  /** Called when the dialog opens, for what is special in it. */
  opened?(node: EditedNode, browser: Browser): void;
  closed?(): void;
}

/** Names of a node's settings as its rows name them: a typed input's type has no row of its own. */
export type SettingNames<S> = Extract<keyof S, string>;

export function isSection(entry: Row | Section | Special): entry is Section {
  return 'section' in entry;
}

/** The rows of settings, those of sections too. */
export function settingRows(page: EditorPage): Row[] {
  return page.rows.flatMap((entry) => ('html' in entry ? [] : isSection(entry) ? entry.rows : [entry]));
}

export const isGiven = (value: string): boolean => value.trim() !== '';

/** A check by the library's own parser, which throws at what it does not take. */
export function isReadBy(parse: (text: string, name: string) => unknown): (value: string) => boolean {
  return (value) => {
    try {
      parse(value, '');
      return true;
    } catch {
      return false;
    }
  };
}

/** The row of the image that a node works on, by its name in the sample. */
export function imageRow<N extends string>(name: N, images: readonly string[]): Row<N> {
  return { name, icon: 'picture-o', images, check: isGiven, reason: 'given' };
}

/** A sign of Font Awesome, which Node-RED brings; it says nothing that a text does not say. */
export function icon(name: string): string {
  return `<i class="fa fa-${name}" aria-hidden="true"></i>`;
}
