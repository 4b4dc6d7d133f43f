import { HELP_KEY, type Keymap, keyFinder, LOOK_KEYS, type LookAction } from '../../shared/logic/keymap';
import type { SharedKey } from '../../shared/logic/texts';
import type { TextKey } from './texts';

/** Everything that a key can do. */
export type Action =
  | LookAction
  | 'next'
  | 'previous'
  | 'nextUndecided'
  | 'use'
  | 'reject'
  | 'undecide'
  | 'swapBase'
  | 'select'
  | 'mergePolygon'
  | 'mergeFreehand'
  | 'excludePolygon'
  | 'excludeFreehand'
  | 'hole'
  | 'brush'
  | 'eraser'
  | 'paintPolygon'
  | 'paintFreehand'
  | 'fill'
  | 'objectDelete'
  | 'objectMerge'
  | 'objectSplit'
  | 'objectBrush'
  | 'objectNew'
  | 'objectPick'
  | 'smaller'
  | 'larger'
  | 'copyPrevious'
  | 'undo'
  | 'redo'
  | 'delete'
  | 'cancel'
  | 'confirm'
  | 'place'
  | 'nextShape'
  | 'nextVertex'
  | 'seg1'
  | 'seg2'
  | 'result'
  | 'mergeMask'
  | 'excludeMask'
  | 'difference'
  | 'hideAll'
  | 'search'
  | 'report'
  | 'help';

/** What the help shows, by part. */
export const KEYMAP: Keymap<Action, TextKey | SharedKey> = [
  {
    title: 'keys.title.decide',
    bindings: [
      { action: 'use', keys: ['u'], text: 'keys.use' },
      { action: 'reject', keys: ['r'], text: 'keys.reject' },
      { action: 'undecide', keys: ['Shift+U'], text: 'keys.undecide' },
      { action: 'next', keys: ['n', 'PageDown'], text: 'keys.next' },
      { action: 'previous', keys: ['b', 'PageUp'], text: 'keys.previous' },
      { action: 'nextUndecided', keys: ['Shift+N'], text: 'keys.nextUndecided' },
      { action: 'swapBase', keys: ['s'], text: 'keys.swapBase' },
      { action: 'copyPrevious', keys: ['y'], text: 'keys.copyPrevious' },
      { action: 'undo', keys: ['Ctrl+Z'], text: 'keys.undo' },
      { action: 'redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], text: 'keys.redo' },
    ],
  },
  {
    title: 'keys.title.draw',
    bindings: [
      { action: 'select', keys: ['v'], text: 'keys.select' },
      { action: 'mergePolygon', keys: ['m'], text: 'keys.mergePolygon' },
      { action: 'mergeFreehand', keys: ['Shift+M'], text: 'keys.mergeFreehand' },
      { action: 'excludePolygon', keys: ['e'], text: 'keys.excludePolygon' },
      { action: 'excludeFreehand', keys: ['Shift+E'], text: 'keys.excludeFreehand' },
      { action: 'hole', keys: ['k'], text: 'keys.hole' },
      { action: 'brush', keys: ['p'], text: 'keys.brush' },
      { action: 'eraser', keys: ['o'], text: 'keys.eraser' },
      { action: 'paintPolygon', keys: ['a'], text: 'keys.paintPolygon' },
      { action: 'paintFreehand', keys: ['Shift+A'], text: 'keys.paintFreehand' },
      { action: 'fill', keys: ['f'], text: 'keys.fill' },
      { action: 'objectDelete', keys: ['Shift+D'], text: 'keys.objectDelete' },
      { action: 'objectMerge', keys: ['j'], text: 'keys.objectMerge' },
      { action: 'objectSplit', keys: ['Shift+J'], text: 'keys.objectSplit' },
      { action: 'objectBrush', keys: ['q'], text: 'keys.objectBrush' },
      { action: 'objectNew', keys: ['Shift+Q'], text: 'keys.objectNew' },
      { action: 'objectPick', keys: ['Shift+V'], text: 'keys.objectPick' },
      { action: 'smaller', keys: ['['], text: 'keys.smaller' },
      { action: 'larger', keys: [']'], text: 'keys.larger' },
      { action: 'place', keys: ['Space'], text: 'keys.place' },
      { action: 'confirm', keys: ['Enter'], text: 'keys.confirm' },
      { action: 'cancel', keys: ['Escape'], text: 'keys.cancel' },
      { action: 'delete', keys: ['Delete', 'Backspace'], text: 'keys.delete' },
      { action: 'nextShape', keys: ['g'], text: 'keys.nextShape' },
      { action: 'nextVertex', keys: ['h'], text: 'keys.nextVertex' },
      { action: 'left', keys: ['ArrowLeft'], text: 'keys.left' },
      { action: 'right', keys: ['ArrowRight'] },
      { action: 'up', keys: ['ArrowUp'] },
      { action: 'down', keys: ['ArrowDown'] },
    ],
  },
  {
    title: 'keys.title.look',
    bindings: [
      ...LOOK_KEYS,
      { action: 'seg1', keys: ['1'], text: 'keys.seg1' },
      { action: 'seg2', keys: ['2'], text: 'keys.seg2' },
      { action: 'result', keys: ['3'], text: 'keys.result' },
      { action: 'mergeMask', keys: ['4'], text: 'keys.mergeMask' },
      { action: 'excludeMask', keys: ['5'], text: 'keys.excludeMask' },
      { action: 'difference', keys: ['d'], text: 'keys.difference' },
      { action: 'hideAll', keys: ['w'], text: 'keys.hideAll' },
      { action: 'search', keys: ['/'], text: 'keys.search' },
      { action: 'report', keys: ['i'], text: 'keys.report' },
      HELP_KEY,
    ],
  },
];

/** What a key does; null: nothing. */
export const actionOf = keyFinder(KEYMAP);
