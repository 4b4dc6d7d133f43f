/** Takes a line about what a file lacks or how it was read, for the user; what was said before is not said again. */
export type Note = (text: string) => void;

const MOST_NOTES = 50;

/** Collects notes in a list, each once. */
export function noteInto(notes: string[]): Note {
  return (text) => {
    if (notes.length < MOST_NOTES && !notes.includes(text)) notes.push(text);
  };
}
