import type { FolderEntry, FolderView } from '../../../src/samples/listing/folder-view';
import type { Text } from '../../sidebar/tab/editor';
import { make } from './elements';

/** What a person does with the list. */
export interface PathListEvents {
  select(): void;
  open(entry: FolderEntry): void;
  up(): void;
}

const ICONS: Record<FolderEntry['kind'], string> = { folder: 'folder-o', file: 'file-image-o', zarr: 'cubes' };
/** Keys that are typed within this time find one name together, milliseconds. */
const TYPED = 800;
const PAGE = 12;

/** The entries of a folder as a list box: arrows mark, Enter and double clicks open, Backspace goes up, letters find. */
export class PathList {
  readonly element = make('div', 'segmenter-paths-list');
  private entries: FolderEntry[] = [];
  private marked = -1;
  private typed = { text: '', at: 0 };

  constructor(
    private readonly text: Text,
    private readonly events: PathListEvents,
  ) {
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'listbox');
    this.element.setAttribute('aria-label', text('folders.list'));
    this.element.addEventListener('keydown', (event) => this.press(event));
  }

  get selected(): FolderEntry | null {
    return this.entries[this.marked] ?? null;
  }

  focus(): void {
    this.element.focus();
  }

  /** @param foldersOnly nothing is marked that is only opened */
  show(view: FolderView, foldersOnly: boolean): void {
    this.entries = view.entries;
    this.marked = foldersOnly ? -1 : view.entries.findIndex(({ name }) => name === view.selected);
    this.element.replaceChildren(...view.entries.map((entry, i) => this.option(entry, i)));
    this.mark(this.marked);
  }

  private option(entry: FolderEntry, index: number): HTMLElement {
    const element = make('div', `segmenter-paths-entry ${entry.kind}`);
    element.id = `segmenter-paths-${index}`;
    element.setAttribute('role', 'option');
    const icon = make('i', `fa fa-${ICONS[entry.kind]}`);
    icon.setAttribute('aria-hidden', 'true');
    const name = make('span', 'segmenter-paths-name', entry.name);
    name.title = entry.name;
    const size = entry.size === null ? '' : sizeOf(entry.size);
    const modified = entry.modified === null ? '' : dateOf(entry.modified);
    element.append(
      icon,
      name,
      make('span', 'segmenter-paths-size', size),
      make('span', 'segmenter-paths-date', modified),
    );
    if (entry.kind === 'folder') element.setAttribute('aria-label', `${entry.name}, ${this.text('folders.folder')}`);
    element.addEventListener('click', () => this.mark(index));
    element.addEventListener('dblclick', () => this.events.open(entry));
    return element;
  }

  private mark(index: number): void {
    this.marked = index;
    for (const [i, option] of [...this.element.children].entries()) {
      option.setAttribute('aria-selected', String(i === index));
    }
    const option = this.element.children[index];
    if (option) {
      this.element.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else this.element.removeAttribute('aria-activedescendant');
    this.events.select();
  }

  private press(event: KeyboardEvent): void {
    const last = this.entries.length - 1;
    const to: Record<string, number> = {
      ArrowDown: this.marked + 1,
      ArrowUp: this.marked < 0 ? last : this.marked - 1,
      PageDown: this.marked + PAGE,
      PageUp: this.marked - PAGE,
      Home: 0,
      End: last,
    };
    const { key } = event;
    if (key in to) this.mark(Math.min(last, Math.max(0, to[key])));
    else if (key === 'Enter' && this.selected) this.events.open(this.selected);
    else if (key === 'Backspace' || (key === 'ArrowLeft' && !event.altKey)) this.events.up();
    else if (key === 'ArrowRight' && this.selected?.kind === 'folder') this.events.open(this.selected);
    else if (key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) this.find(key);
    else return;
    event.preventDefault();
  }

  private find(key: string): void {
    const now = Date.now();
    const text = (now - this.typed.at < TYPED ? this.typed.text : '') + key.toLowerCase();
    this.typed = { text, at: now };
    const found = this.entries.findIndex(({ name }) => name.toLowerCase().startsWith(text));
    if (found >= 0) this.mark(found);
  }
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1000)));
  const style = { style: 'unit', unit: UNITS[power], unitDisplay: 'short', maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(undefined, style).format(bytes / 1000 ** power);
}

function dateOf(milliseconds: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(milliseconds);
}
