import { HELP_KEY, type Keymap, keyFinder, LOOK_KEYS, type LookAction } from '../../shared/logic/keymap';
import type { SharedKey } from '../../shared/logic/texts';
import type { TextKey } from './texts';

/** Everything that a key can do. */
export type Action =
  | LookAction
  | 'next'
  | 'previous'
  | 'nextOrder'
  | 'search'
  | 'file'
  | 'drift'
  | 'probability'
  | 'found'
  | 'truth'
  | 'preview'
  | 'lower'
  | 'higher'
  | 'difference'
  | 'hideAll'
  | 'help';

export const KEYMAP: Keymap<Action, TextKey | SharedKey> = [
  {
    title: 'keys.title.results',
    bindings: [
      { action: 'next', keys: ['n', 'PageDown'], text: 'keys.next' },
      { action: 'previous', keys: ['b', 'PageUp'], text: 'keys.previous' },
      { action: 'nextOrder', keys: ['o'], text: 'keys.nextOrder' },
      { action: 'search', keys: ['/'], text: 'keys.search' },
      { action: 'file', keys: ['f'], text: 'keys.file' },
      { action: 'drift', keys: ['j'], text: 'keys.drift' },
      HELP_KEY,
    ],
  },
  {
    title: 'keys.title.layers',
    bindings: [
      { action: 'probability', keys: ['1'], text: 'keys.probability' },
      { action: 'found', keys: ['2'], text: 'keys.found' },
      { action: 'truth', keys: ['3'], text: 'keys.truth' },
      { action: 'preview', keys: ['4'], text: 'keys.preview' },
      { action: 'lower', keys: ['[', '{'], text: 'keys.lower' },
      { action: 'higher', keys: [']', '}'], text: 'keys.higher' },
      { action: 'difference', keys: ['d'], text: 'keys.difference' },
      { action: 'hideAll', keys: ['w'], text: 'keys.hideAll' },
    ],
  },
  {
    title: 'keys.title.look',
    bindings: [
      { action: 'left', keys: ['ArrowLeft'], text: 'keys.move' },
      { action: 'right', keys: ['ArrowRight'] },
      { action: 'up', keys: ['ArrowUp'] },
      { action: 'down', keys: ['ArrowDown'] },
      ...LOOK_KEYS,
    ],
  },
];

/** What a key does; null: nothing. */
export const actionOf = keyFinder(KEYMAP);
