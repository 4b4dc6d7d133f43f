/** Where all pages lie below the editor: `segmenter/curate/<node>/`, `segmenter/results/`. */
const BELOW_EDITOR = 'segmenter';

/** The editor's path, with a slash at its end, from the page's. */
export function editorPath(pagePath: string): string {
  const folders = pagePath.split('/').slice(1, -1);
  const end = folders.lastIndexOf(BELOW_EDITOR);
  return `/${folders
    .slice(0, Math.max(0, end))
    .map((folder) => `${folder}/`)
    .join('')}`;
}

/**
 * The token with which the editor of Node-RED 4 and 5 is logged in, from the browser's storage: the key is
 * `auth-tokens`, followed by the editor's path with `-` for `/`. Null where there is none.
 */
export function editorToken(storage: { getItem(key: string): string | null }, pagePath: string): string | null {
  const suffix = editorPath(pagePath).slice(0, -1).replaceAll('/', '-');
  return readToken(storage.getItem(`auth-tokens${suffix}`)) ?? readToken(storage.getItem('auth-tokens'));
}

function readToken(stored: string | null): string | null {
  try {
    const token: unknown = JSON.parse(stored ?? 'null')?.access_token;
    return typeof token === 'string' ? token : null;
  } catch {
    return null;
  }
}
