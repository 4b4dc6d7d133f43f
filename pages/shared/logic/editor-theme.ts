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

/** How the page looks: as was chosen, else dark where the editor or the system is. */
export function shadeOf(theme: Theme, editorIsDark: boolean, systemIsDark: boolean): 'light' | 'dark' {
  if (theme !== 'system') return theme;
  return editorIsDark || systemIsDark ? 'dark' : 'light';
}
