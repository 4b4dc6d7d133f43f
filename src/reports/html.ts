/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template may hold: text is escaped, lists are joined, nothing stays nothing. */
export type Content = Html | string | number | null | readonly Content[];

/** Characters that would be markup, and those that turn the direction of text or cannot be seen. */
const UNSAFE = /(?![\t\n\r])[&<>"'\p{Cc}\p{Cf}]/gu;
const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes text for HTML, in elements and in quoted attributes. What cannot be seen or turns the direction of writing, as a
 * hostile file name may hold, is spelled out: `U+202E`.
 */
export function escapeHtml(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return MARKUP[character] ?? `U+${code}`;
  });
}

/** Makes HTML of a template; whatever is put in and is not {@link Html} is escaped. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(parts.reduce((text, part, i) => text + textOf(values[i - 1]) + part));
}

function textOf(content: Content): string {
  if (content === null) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content));
  return content.map(textOf).join('');
}
