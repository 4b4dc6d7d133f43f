import { toErrorRecord } from '../src/base/errors';

/** Characters of a reason that a status has room for. */
const STATUS_LENGTH = 40;

/**
 * Gives an error as Node-RED shows it everywhere: a text. Of an Error object the debug sidebar shows the first 30 characters
 * between name and stack, and Catch nodes get its class before its sentence. Beside the sentence travel `code`, in `cause` the facts for
 * programs, which Node-RED hands to Catch nodes, and of what nobody expected the `stack`.
 */
export function tellable(error: unknown): Error {
  const { code, message, details } = toErrorRecord(error);
  const stack = code === 'internal' && error instanceof Error ? { stack: error.stack } : {};
  // Node-RED's types ask for an Error; what it does with it is to call toString and to look for the properties above.
  return Object.assign(Object(message), { code, ...(details ? { cause: details } : {}), ...stack }) as Error;
}

/** Shortens a sentence to its first words: without the folders of paths, and without what stands before a setting's or property's name. */
export function firstWords(sentence: string, longest = STATUS_LENGTH): string {
  const words = sentence.replace(/^(segmenter-[a-z-]+|msg\.payload)\./, '').split(/\s+/);
  const short = words.map(withoutFolders).join(' ').trim();
  if (short.length <= longest) return short;
  const cut = short.slice(0, longest - 1);
  const whole = cut.slice(0, Math.max(0, cut.lastIndexOf(' ')));
  return `${whole.length > longest / 2 ? whole : cut}…`;
}

/** The end of a word that is a path from the root of a disk. */
function withoutFolders(word: string): string {
  const path = /^["(]*(?:\/|\\\\|[A-Za-z]:[\\/])/.test(word);
  const end = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
  return path && end !== '' ? end : word;
}
