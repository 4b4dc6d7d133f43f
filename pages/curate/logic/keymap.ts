/** Everything that a key can do. */
export type Action =
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
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'zoomIn'
  | 'zoomOut'
  | 'fit'
  | 'actualSize'
  | 'planeUp'
  | 'planeDown'
  | 'nextTime'
  | 'previousTime'
  | 'nextChannel'
  | 'composite'
  | 'nextView'
  | 'seg1'
  | 'seg2'
  | 'result'
  | 'mergeMask'
  | 'excludeMask'
  | 'difference'
  | 'hideAll'
  | 'nextContrast'
  | 'search'
  | 'report'
  | 'help';

export interface Binding {
  action: Action;
  /** `Ctrl+` stands for the Mac's command key too */
  keys: string[];
  /** missing: that of the binding before holds for this one too */
  text?: string;
}

/** What the help shows, by part. */
export const KEYMAP: Array<{ title: string; bindings: Binding[] }> = [
  {
    title: 'Decide',
    bindings: [
      { action: 'use', keys: ['u'], text: 'use the image and go on' },
      { action: 'reject', keys: ['r'], text: 'reject the image with a reason' },
      { action: 'undecide', keys: ['Shift+U'], text: 'leave it undecided' },
      { action: 'next', keys: ['n', 'PageDown'], text: 'next image' },
      { action: 'previous', keys: ['b', 'PageUp'], text: 'image before' },
      { action: 'nextUndecided', keys: ['Shift+N'], text: 'next undecided image' },
      { action: 'swapBase', keys: ['s'], text: 'other base segmentation' },
      { action: 'copyPrevious', keys: ['y'], text: 'copy base and shapes of the image before' },
      { action: 'undo', keys: ['Ctrl+Z'], text: 'undo' },
      { action: 'redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], text: 'redo' },
    ],
  },
  {
    title: 'Draw',
    bindings: [
      { action: 'select', keys: ['v'], text: 'select and move shapes and vertices' },
      { action: 'mergePolygon', keys: ['m'], text: 'merging polygon' },
      { action: 'mergeFreehand', keys: ['Shift+M'], text: 'merging shape by freehand' },
      { action: 'excludePolygon', keys: ['e'], text: 'excluding polygon' },
      { action: 'excludeFreehand', keys: ['Shift+E'], text: 'excluding shape by freehand' },
      { action: 'hole', keys: ['k'], text: 'cut holes into shapes (or hold Shift where a line begins)' },
      { action: 'brush', keys: ['p'], text: 'brush: paint foreground' },
      { action: 'eraser', keys: ['o'], text: 'eraser: paint background' },
      { action: 'smaller', keys: ['['], text: 'smaller brush' },
      { action: 'larger', keys: [']'], text: 'larger brush' },
      { action: 'place', keys: ['Space'], text: 'place a vertex or a dab at the cross; on a shape, a new vertex' },
      { action: 'confirm', keys: ['Enter'], text: 'close the polygon' },
      { action: 'cancel', keys: ['Escape'], text: 'stop drawing, select nothing' },
      { action: 'delete', keys: ['Delete', 'Backspace'], text: 'delete the vertex, else the shape' },
      { action: 'nextShape', keys: ['g'], text: 'select the next shape' },
      { action: 'nextVertex', keys: ['h'], text: 'select the next vertex' },
      { action: 'left', keys: ['ArrowLeft'], text: 'move vertex, shape, cross or image; Shift: further' },
      { action: 'right', keys: ['ArrowRight'] },
      { action: 'up', keys: ['ArrowUp'] },
      { action: 'down', keys: ['ArrowDown'] },
    ],
  },
  {
    title: 'Look',
    bindings: [
      { action: 'zoomIn', keys: ['+', '='], text: 'zoom in (wheel, pinch)' },
      { action: 'zoomOut', keys: ['-'], text: 'zoom out' },
      { action: 'fit', keys: ['0'], text: 'whole image' },
      { action: 'actualSize', keys: ['9'], text: 'one image pixel a screen pixel' },
      { action: 'planeUp', keys: ['.'], text: 'next plane (Shift + wheel)' },
      { action: 'planeDown', keys: [','], text: 'plane before' },
      { action: 'nextTime', keys: ['t'], text: 'next time' },
      { action: 'previousTime', keys: ['Shift+T'], text: 'time before' },
      { action: 'nextChannel', keys: ['c'], text: 'next channel' },
      { action: 'composite', keys: ['Shift+C'], text: 'channels one by one, or together in colours' },
      { action: 'nextView', keys: ['x'], text: 'plane, orthogonal, maximum' },
      { action: 'seg1', keys: ['1'], text: 'segmentation 1: off, outline, fill' },
      { action: 'seg2', keys: ['2'], text: 'segmentation 2: off, outline, fill' },
      { action: 'result', keys: ['3'], text: 'result: off, outline, fill' },
      { action: 'mergeMask', keys: ['4'], text: 'merging mask that the sample brings as an image: off, outline, fill' },
      {
        action: 'excludeMask',
        keys: ['5'],
        text: 'excluding mask that the sample brings as an image: off, outline, fill',
      },
      { action: 'difference', keys: ['d'], text: 'differences of the two' },
      { action: 'hideAll', keys: ['w'], text: 'hide and show all that lies over the image' },
      { action: 'nextContrast', keys: ['l'], text: 'next contrast preset' },
      { action: 'search', keys: ['/'], text: 'search the list' },
      { action: 'report', keys: ['i'], text: 'report of the checks' },
      { action: 'help', keys: ['?'], text: 'this help' },
    ],
  },
];

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const BY_KEY = new Map(
  KEYMAP.flatMap(({ bindings }) => bindings.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const))),
);

/** What a key does; null: nothing. With caps lock on, letters count as without. */
export function actionOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyPress): Action | null {
  if (altKey) return null;
  if (ctrlKey || metaKey) return BY_KEY.get(`Ctrl+${shiftKey ? 'Shift+' : ''}${key.toUpperCase()}`) ?? null;
  if (key === ' ') return BY_KEY.get('Space') ?? null;
  if (/^[a-z]$/i.test(key)) return BY_KEY.get(shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase()) ?? null;
  return BY_KEY.get(key) ?? null;
}
