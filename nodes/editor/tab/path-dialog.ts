import type { FolderEntry, FolderView } from '../../../src/samples/listing/folder-view';
import type { Text } from '../../sidebar/tab/editor';
import type { PathQuestion } from '../browser';
import { make } from './elements';
import { PathList } from './path-list';

/** How the dialog gets at the server and its words. */
export interface PathServer {
  /** @throws Error with a sentence for people */
  look(query: { path: string; of: string; filter: string; flow: string }): Promise<FolderView>;
  text: Text;
}

/** While one types a filter, milliseconds. */
const PAUSE = 250;

/** Opens a dialog in which a person chooses a folder or file of the server; it is gone once closed. */
export function choosePath(question: PathQuestion, server: PathServer): void {
  new PathDialog(question, server).open();
}

class PathDialog {
  private readonly dialog = make('dialog', 'segmenter-paths');
  private readonly place = make('input');
  private readonly filter = make('input');
  private readonly up: HTMLButtonElement;
  private readonly choose: HTMLButtonElement;
  private readonly note = make('p', 'segmenter-paths-note');
  private readonly fault = make('p', 'segmenter-paths-fault');
  private readonly chosen = make('output', 'segmenter-paths-chosen');
  private readonly list: PathList;
  private view: FolderView | null = null;
  /** of the newest question: answers to earlier ones are left */
  private turn = 0;
  private typing = 0;

  constructor(
    private readonly question: PathQuestion,
    private readonly server: PathServer,
  ) {
    const { text } = server;
    this.list = new PathList(text, {
      select: () => this.show(),
      open: (entry) => this.enter(entry),
      up: () => this.goUp(),
    });
    this.up = this.button('arrow-up', 'folders.up', () => this.goUp());
    this.choose = this.labelled('folders.choose', () => this.finish(), 'primary');
    this.build();
  }

  open(): void {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.list.focus();
    this.show();
    void this.go(this.question.path);
  }

  private build(): void {
    const { text } = this.server;
    const { dialog, place, filter } = this;
    const title = make('h2', 'segmenter-paths-title', text('folders.title', { label: this.question.label }));
    title.id = 'segmenter-paths-title';
    dialog.setAttribute('aria-labelledby', title.id);
    for (const [input, key] of [
      [place, 'folders.path'],
      [filter, 'folders.filter'],
    ] as const) {
      input.type = 'text';
      input.spellcheck = false;
      input.setAttribute('aria-label', text(key));
    }
    filter.placeholder = text('folders.filter');
    place.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') void this.go(place.value);
    });
    filter.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = window.setTimeout(() => void this.go(this.view?.path ?? ''), PAUSE);
    });
    filter.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') this.list.focus();
    });
    const home = this.button('home', 'folders.roots', () => void this.go('', true));
    const go = this.button('arrow-right', 'folders.go', () => void this.go(place.value, true));
    this.note.setAttribute('role', 'status');
    this.fault.setAttribute('role', 'alert');
    const cancel = this.labelled('folders.cancel', () => dialog.close());
    dialog.append(
      title,
      row('segmenter-paths-place', home, this.up, place, go),
      filter,
      this.list.element,
      this.note,
      this.fault,
      row('segmenter-paths-end', this.chosen, cancel, this.choose),
    );
    // Node-RED hears keys everywhere, and would delete nodes or close what lies below.
    for (const type of ['keydown', 'keyup', 'keypress', 'paste'] as const) {
      dialog.addEventListener(type, (event) => event.stopPropagation());
    }
    dialog.addEventListener('close', () => {
      clearTimeout(this.typing);
      this.turn++;
      dialog.remove();
    });
  }

  /** @param fresh the filter was for the folder before */
  private async go(path: string, fresh = false): Promise<void> {
    const turn = ++this.turn;
    const { of, flow } = this.question;
    if (fresh) this.filter.value = '';
    this.note.textContent = this.server.text('folders.looking');
    this.fault.textContent = '';
    try {
      const view = await this.server.look({ path, of, flow, filter: this.filter.value.trim() });
      if (turn !== this.turn) return;
      this.view = view;
      this.place.value = view.path ?? '';
      this.list.show(view, this.question.of === 'folders' || this.isMade());
      if (document.activeElement !== this.filter) this.list.focus();
      this.show();
    } catch (error) {
      if (turn !== this.turn) return;
      this.note.textContent = '';
      this.fault.textContent = error instanceof Error ? error.message : String(error);
      // Where it began is not there or not allowed: what is allowed is shown below the reason.
      if (this.view === null && path !== '') await this.showRoots(turn, path);
    }
  }

  private async showRoots(turn: number, path: string): Promise<void> {
    const view = await this.server.look({ path: '', of: this.question.of, flow: '', filter: '' }).catch(() => null);
    if (turn !== this.turn || !view) return;
    this.view = view;
    this.list.show(view, false);
    this.place.value = path;
    this.show();
  }

  /** What the list says about itself, and what would be chosen. */
  private show(): void {
    const { view } = this;
    const { text } = this.server;
    this.up.disabled = view?.path == null;
    const notes: string[] = [];
    if (view) {
      const { missing } = view;
      if (missing !== null) notes.push(text(this.isMade() ? 'folders.made' : 'folders.missing', { path: missing }));
      const shown = view.entries.length;
      if (shown === 0) notes.push(text(this.filter.value.trim() ? 'folders.emptyFiltered' : 'folders.empty'));
      if (!view.isAll) notes.push(text('folders.unread', { shown }));
      else if (view.total > shown) notes.push(text('folders.more', { shown, total: view.total }));
      if (view.refused > 0) notes.push(text('folders.refused', { count: view.refused }));
    }
    this.note.textContent = notes.join(' ');
    const path = this.path();
    this.chosen.textContent = path ?? text('folders.none');
    this.choose.disabled = path === null;
  }

  /** The entry that is marked, else the folder that is to be made, else the one that is open. */
  private path(): string | null {
    const made = this.isMade() ? this.view?.missing : null;
    return this.list.selected?.path ?? made ?? this.view?.path ?? null;
  }

  /** Whether a folder that is not there is made by the node that writes into it. */
  private isMade(): boolean {
    return this.question.of === 'made-folders';
  }

  private enter(entry: FolderEntry): void {
    if (entry.kind === 'folder') void this.go(entry.path, true);
    else this.finish();
  }

  private goUp(): void {
    if (this.view?.path) void this.go(this.view.parent ?? '', true);
  }

  private finish(): void {
    const path = this.path();
    if (path === null) return;
    this.dialog.close();
    this.question.choose(path);
  }

  private button(sign: string, key: Parameters<Text>[0], press: () => void): HTMLButtonElement {
    const element = make('button', 'red-ui-button');
    element.type = 'button';
    element.title = this.server.text(key);
    element.setAttribute('aria-label', element.title);
    const icon = make('i', `fa fa-${sign}`);
    icon.setAttribute('aria-hidden', 'true');
    element.append(icon);
    element.addEventListener('click', press);
    return element;
  }

  private labelled(key: Parameters<Text>[0], press: () => void, kind = ''): HTMLButtonElement {
    const element = make('button', `red-ui-button ${kind}`, this.server.text(key));
    element.type = 'button';
    element.addEventListener('click', press);
    return element;
  }
}

function row(name: string, ...children: HTMLElement[]): HTMLElement {
  const element = make('div', name);
  element.append(...children);
  return element;
}
