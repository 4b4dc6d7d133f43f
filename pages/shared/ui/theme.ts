import { isDark, shadeOf, shadeOfEditor, THEMES, type Theme } from '../logic/editor-theme';
import { editorPath } from '../logic/editor-token';
import { button } from './dom';
import { say } from './texts';

/** One choice for all pages of a browser, under the name that the first of them gave it. */
const KEY = 'segmenter-curate-theme';

/** Shows the theme that was chosen here last, and goes along when the system's changes. */
export function applyTheme(): void {
  const stored = localStorage.getItem(KEY);
  document.documentElement.dataset.theme = THEMES.find((theme) => theme === stored) ?? 'system';
  darkSystem().addEventListener('change', shade);
  // What is chosen in the editor, or in another page.
  addEventListener('storage', shade);
  shade();
}

/** Dark where the editor's theme is, unless light was chosen here; without a theme as the system has it. */
export async function followEditor(): Promise<void> {
  const editor = new URL(editorPath(location.pathname), location.href);
  const read = async (address: string) => {
    const response = await fetch(new URL(address, editor));
    return response.ok ? response.text() : '';
  };
  try {
    const page = new DOMParser().parseFromString(await read(''), 'text/html');
    const links = [...page.querySelectorAll('link[rel=stylesheet]')].map((link) => link.getAttribute('href') ?? '');
    const sheets = await Promise.all(links.filter((address) => address.startsWith('theme/')).map(read));
    if (isDark(sheets)) document.documentElement.dataset.editor = 'dark';
    shade();
  } catch {
    // Without the editor's page the system's colours hold.
  }
}

/** Goes from one theme to the next. */
export function themeButton(): HTMLButtonElement {
  return button('theme', '', say('theme'), nextTheme);
}

function nextTheme(): void {
  const next = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];
  localStorage.setItem(KEY, next);
  document.documentElement.dataset.theme = next;
  shade();
}

function shade(): void {
  const { dataset } = document.documentElement;
  const editor = { isDark: dataset.editor === 'dark', chosen: shadeOfEditor(localStorage) };
  dataset.shade = shadeOf(chosen(), editor, darkSystem().matches);
}

function chosen(): Theme {
  return THEMES.find((theme) => theme === document.documentElement.dataset.theme) ?? 'system';
}

function darkSystem(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}
