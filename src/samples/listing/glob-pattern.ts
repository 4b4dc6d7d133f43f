import picomatch from 'picomatch';
import { InvalidInputError } from '../../base/errors';
import { imageExtension } from '../../formats/extensions';
import { composed } from '../names';

/** A glob pattern below a folder, asked name by name; names are with `/`, in any spelling of their characters. */
export interface GlobPattern {
  /** whether a file or image folder matches */
  matches(name: string): boolean;
  /** whether something in a folder may match, or the folder itself does */
  leadsInto(folder: string): boolean;
  /** whether it goes into Zarr images: only where a part of it says so (`*.zarr/labels/*`) */
  entersImages: boolean;
}

const OPTIONS = { dot: false, posix: true };

/** Whether a text is a pattern, and not simply a path. */
export function isPattern(text: string): boolean {
  const { isGlob, negated } = picomatch.scan(text);
  return isGlob || negated;
}

/** @throws InvalidInputError for one that would go through every chunk of Zarr images */
export function globPattern(pattern: string): GlobPattern {
  const text = composed(pattern);
  const whole = picomatch(text, OPTIONS);
  const { parts = [] } = picomatch.scan(text, { parts: true });
  const steps = parts.length > 0 ? parts : [text];
  const matchers = steps.map((step) => picomatch(step, OPTIONS));
  const image = steps.findIndex((step) => /[^/]\.zarr$/i.test(step));
  if (image >= 0 && steps.includes('**', image)) {
    const expected = 'no ** below a Zarr image, which holds very many files; name its groups, as in *.zarr/labels/*';
    throw new InvalidInputError('pattern', expected, pattern);
  }
  return {
    matches: (name) => spellings(composed(name)).some((spelling) => whole(spelling)),
    leadsInto: (folder) => leads(composed(folder).split('/'), steps, matchers),
    entersImages: image >= 0 && image < steps.length - 1,
  };
}

/** A name as it is and with its ending in either case: `*.tif` means `A.TIF` too. */
function spellings(name: string): string[] {
  const { length } = imageExtension(name) ?? '';
  const bare = name.slice(0, name.length - length);
  const ending = name.slice(name.length - length);
  return [name, bare + ending.toLowerCase(), bare + ending.toUpperCase()];
}

function leads(folders: readonly string[], steps: readonly string[], matchers: picomatch.Matcher[]): boolean {
  for (const [i, folder] of folders.entries()) {
    // Braces may hold several parts of a path: what they match is only known as a whole.
    if (steps[i]?.includes('/') || steps[i] === '**') return true;
    if (i >= steps.length || !matchers[i](folder)) return false;
  }
  return true;
}
