import type { FolderView } from '../../../src/samples/listing/folder-view';
import type { Text } from '../../sidebar/tab/editor';
import type { Browser, EditedNode, Elements, Offer, Query } from '../browser';
import { type EditorNodes, withFlowVariables } from '../variables';
import { choosePath, type PathServer } from './path-dialog';

/** Of the plugin, under which the editor keeps its catalogue. */
const CATALOGUE = '@segmenter/node-red-segmenter/segmenter-sidebar';

/** That of Node-RED's own offers. */
const MENU_CLASS = 'red-ui-autoComplete-container';
const MENU_WIDTH = 320;

/** A list as Node-RED opens one below a field. */
interface Menu {
  options: Offer[];
  width: number;
  maxHeight: number;
  class: string;
  tabSelect: boolean;
  onselect(offer: Offer): void;
  onclose(): void;
}

/** As much of Node-RED's editor as the nodes' pages use. */
interface Editor {
  _(key: string, values?: Record<string, string | number>): string;
  events: { on(event: 'nodes:add', listener: (node: EditedNode) => void): void };
  nodes: EditorNodes & { dirty(): boolean; dirty(is: boolean): void };
  history: { push(event: Record<string, unknown>): void };
  view: { redraw(): void };
  popover: {
    menu(list: Menu): { show(place: { target: Elements }): void };
    tooltip(target: Elements, words: () => string | null): unknown;
  };
  notify(message: Elements, kind: 'error'): unknown;
}

/** Gives the nodes' pages what they use of the browser and of Node-RED's editor. */
export function browserOf(RED: Editor, $: Query): Browser {
  const text: Text = (key, values) => RED._(`${CATALOGUE}:${key}`, values);
  const look: PathServer['look'] = (query) =>
    new Promise((resolve, reject) => {
      $.getJSON<FolderView>('segmenter/folders', query)
        .done(resolve)
        .fail(({ responseJSON }) => reject(new Error(responseJSON?.message ?? text('folders.noAnswer'))));
    });
  return {
    $,
    open: (address) => window.open(address, '_blank', 'noopener'),
    onNode: (listener) => RED.events.on('nodes:add', listener),
    notify: (message) => RED.notify($('<p>').text(message), 'error'),
    changed: (node, changes) => {
      RED.history.push({ t: 'edit', node, changes, dirty: RED.nodes.dirty(), changed: node.changed });
      Object.assign(node, { changed: true, dirty: true });
      RED.nodes.dirty(true);
      RED.view.redraw();
    },
    text: (key, values) => text(key, values),
    menu: (field, offers, use) => {
      const target = field.next('.red-ui-typedInput-container');
      const done = () => target.find('.red-ui-typedInput-input').trigger('focus');
      const list = { options: offers, width: MENU_WIDTH, maxHeight: 300, class: MENU_CLASS, tabSelect: true };
      RED.popover.menu({ ...list, onselect: ({ value }) => use(value), onclose: done }).show({ target });
    },
    tooltip: (target, words) => {
      RED.popover.tooltip(target, words);
    },
    choosePath: (question) => choosePath(question, { look, text }),
    showPicture: (address, label, place) => {
      // Not as the address of an image, which carries no login.
      $.ajax<Blob>({ url: address, method: 'GET', headers: {}, xhrFields: { responseType: 'blob' } }).done(
        (picture) => {
          const image = document.createElement('img');
          image.className = 'segmenter-picture';
          image.alt = label;
          image.src = URL.createObjectURL(picture);
          image.addEventListener('load', () => URL.revokeObjectURL(image.src));
          $(image).prependTo(place);
        },
      );
    },
    withVariables: (words, type, node) => withFlowVariables(words, type, node, RED.nodes),
  };
}
