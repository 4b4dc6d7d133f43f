/** A colour below this is dark; 0 black, 1 white. */
const DARK = 0.35;

/**
 * Whether style sheets make the editor dark: the last background that they set for it, in hexadecimal digits. Null where
 * they set none, or in another way.
 */
export function isDark(sheets: readonly string[]): boolean | null {
  const set = [...sheets.join('\n').matchAll(/--red-ui-primary-background:\s*#([0-9a-f]+)/gi)];
  const colour = set.at(-1)?.[1] ?? '';
  if (colour.length < 3 || colour.length > 8) return null;
  const digits = colour.length < 6 ? [...colour].map((digit) => digit + digit).join('') : colour;
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK;
}

export type Theme = 'system' | 'light' | 'dark';

/** In the order in which they are gone through. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

type Shade = 'light' | 'dark';

/** What a person chose for the editor of Node-RED 5 (*Settings > View*); null where nothing, or what the system has. */
export function shadeOfEditor(storage: { getItem(key: string): string | null }): Shade | null {
  const stored = storage.getItem('view-dark-theme');
  return stored === 'light' || stored === 'dark' ? stored : null;
}

/** How the page looks: as was chosen here, else in the editor, else dark where the editor's style sheets or the system are. */
export function shadeOf(theme: Theme, editor: { isDark: boolean; chosen: Shade | null }, systemIsDark: boolean): Shade {
  if (theme !== 'system') return theme;
  return editor.chosen ?? (editor.isDark || systemIsDark ? 'dark' : 'light');
}
