import type { SharedKey } from './texts';

export interface Binding<Action extends string, Text extends string> {
  action: Action;
  /** `Ctrl+` stands for the Mac's command key too */
  keys: string[];
  /** missing: that of the binding before holds for this one too */
  text?: Text;
}

/** What the help shows, by part. */
export type Keymap<Action extends string, Text extends string> = Array<{
  title: Text;
  bindings: Array<Binding<Action, Text>>;
}>;

/** What keys do to the view of an image, on every page. */
export type LookAction =
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
  | 'nextContrast';

/** On every page that has a help. */
export const HELP_KEY: Binding<'help', SharedKey> = { action: 'help', keys: ['?'], text: 'keys.help' };

export const LOOK_KEYS: Array<Binding<Exclude<LookAction, 'left' | 'right' | 'up' | 'down'>, SharedKey>> = [
  { action: 'zoomIn', keys: ['+', '='], text: 'keys.zoomIn' },
  { action: 'zoomOut', keys: ['-'], text: 'keys.zoomOut' },
  { action: 'fit', keys: ['0'], text: 'keys.fit' },
  { action: 'actualSize', keys: ['9'], text: 'keys.actualSize' },
  { action: 'planeUp', keys: ['.'], text: 'keys.planeUp' },
  { action: 'planeDown', keys: [','], text: 'keys.planeDown' },
  { action: 'nextTime', keys: ['t'], text: 'keys.nextTime' },
  { action: 'previousTime', keys: ['Shift+T'], text: 'keys.previousTime' },
  { action: 'nextChannel', keys: ['c'], text: 'keys.nextChannel' },
  { action: 'composite', keys: ['Shift+C'], text: 'keys.composite' },
  { action: 'nextView', keys: ['x'], text: 'keys.nextView' },
  { action: 'nextContrast', keys: ['l'], text: 'keys.nextContrast' },
];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Gives what a key does, by a keymap; null: nothing. With caps lock on, letters count as without. */
export function keyFinder<Action extends string>(keymap: Keymap<Action, string>): (press: KeyPress) => Action | null {
  const byKey = new Map(
    keymap.flatMap(({ bindings }) => bindings.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const))),
  );
  return ({ key, ctrlKey, metaKey, shiftKey, altKey }) => {
    if (altKey) return null;
    if (ctrlKey || metaKey) return byKey.get(`Ctrl+${shiftKey ? 'Shift+' : ''}${key.toUpperCase()}`) ?? null;
    if (key === ' ') return byKey.get('Space') ?? null;
    if (/^[a-z]$/i.test(key)) return byKey.get(shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase()) ?? null;
    return byKey.get(key) ?? null;
  };
}
