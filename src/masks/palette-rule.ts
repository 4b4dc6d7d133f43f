import type { ForegroundRule } from '../image/description';

/** What follows from a palette; as in `judge`. */
type PaletteRule = { rule: ForegroundRule; hasLabels: boolean; notes: string[] } | { fault: string };

/** Most colours that are named in a message. */
const MOST_NAMED = 4;

/**
 * What indices mean: 0 is background, the others are labels, and what is transparent is background. Programs that save a
 * picture with as few colours as it has put these in any order: a black or transparent index beside a bright index 0 is
 * background where the picture is grey, has two colours, or is mostly black, and else nobody can tell. Without such an
 * index 0 is background where it is most of the picture, or the white paper of several colours.
 * @param palette red, green, blue and alpha of each index
 * @param histogram the indices that occur; null: as many as there are
 */
export function ruleOfPalette(
  palette: Uint8Array,
  histogram: ReadonlyArray<[value: number, pixels: number]> | null,
): PaletteRule {
  const used = histogram?.map(([index]) => index) ?? Array.from({ length: palette.length / 4 }, (_, index) => index);
  const [red, green, blue, alpha] = [0, 1, 2, 3].map((sample) => (index: number) => palette[4 * index + sample] ?? 255);
  const isTransparent = (index: number) => alpha(index) < 128;
  const isDark = (index: number) => isTransparent(index) || Math.max(red(index), green(index), blue(index)) === 0;
  const isGrey = (index: number) => red(index) === green(index) && green(index) === blue(index);
  const colour = (index: number) =>
    isTransparent(index) ? 'transparent' : `rgb(${red(index)}, ${green(index)}, ${blue(index)})`;
  const dark = used.filter(isDark);

  if (dark.length === 0 && used.length > 1 && !isMost([0], histogram)) {
    const isPaper = used.length > 2 && Math.min(red(0), green(0), blue(0)) === 255;
    if (!isPaper) {
      const named = used.slice(0, MOST_NAMED).map((index) => `${index} as ${colour(index)}`);
      return {
        fault: `has a palette that shows nothing as black, and index 0 on less than half of its pixels (${named.join(', ')}): whether 0 is background is not known`,
      };
    }
  }
  if (isDark(0) || dark.length === 0) {
    const transparent = used.filter((index) => index !== 0 && isTransparent(index));
    const notes = isDark(0) ? [] : [`has a palette: index 0, shown as ${colour(0)}, is background${elsewise('0')}`];
    if (transparent.length === 0) return { rule: { kind: 'non-zero' }, hasLabels: true, notes };
    notes.push(`has a palette: what is transparent (index ${listed(transparent)}) is background too`);
    return { rule: { kind: 'except', values: [0, ...transparent] }, hasLabels: true, notes };
  }
  const isPicture = used.length > 2 && !used.every((index) => isTransparent(index) || isGrey(index));
  if (isPicture && !isMost(dark, histogram)) {
    const named = [0, ...dark].slice(0, MOST_NAMED).map((index) => `${index} as ${colour(index)}`);
    return { fault: `has a palette that shows index ${named.join(' and ')}: which of them is background is not known` };
  }
  const notes = [
    `has a palette: index ${listed(dark)}, shown as ${colour(dark[0])}, is background${elsewise(dark.join(', '))}`,
  ];
  return { rule: { kind: 'except', values: dark }, hasLabels: isPicture, notes };
}

/** The first of many indices. */
function listed(indices: readonly number[]): string {
  const more = indices.length - MOST_NAMED;
  return indices.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What to say where it is the other way round. */
function elsewise(values: string): string {
  return `; say foreground "${values}" where it is the object`;
}

/** Whether more than half of the pixels have one of these values. */
function isMost(values: readonly number[], histogram: ReadonlyArray<[value: number, pixels: number]> | null): boolean {
  let [inside, all] = [0, 0];
  for (const [value, pixels] of histogram ?? []) {
    all += pixels;
    if (values.includes(value)) inside += pixels;
  }
  return inside > all / 2;
}
