import type { PageAxis } from '../../../image/description';
import type { Page } from '../page';
import type { AxisSize } from '../page-axes';
import { samplePages } from '../scene';

/** An axis as a description names it. */
export interface StatedAxis {
  name: string;
  size: number;
  /** null: something that this library has no axis for, such as positions or angles */
  means: PageAxis | 'y' | 'x' | null;
  /** of the samples that make a colour */
  colour?: boolean;
}

/** The axes along which pages follow each other. */
export interface AxesOfPages {
  axes: AxisSize[];
  /** the sample planes of each page count as pages, too */
  split: boolean;
}

/**
 * Finds the axes along which the pages follow each other: the stated ones without those that each page holds. The sample
 * planes of a page may be an axis of any kind.
 * @param stated slowest first
 * @returns a text where the pages do not hold what is stated, or run along an axis that is none of t, c and z
 */
export function axesOfPages(
  stated: readonly StatedAxis[],
  { height, width, samples, planar }: Page,
): AxesOfPages | string {
  const long = stated.filter(({ size, means }) => size !== 1 || means === 'y' || means === 'x');
  const text = describeAxes(stated);
  const held = long[long.length - (planar ? 3 : 1)];
  if (samples > 1 && held?.size !== samples) return `states ${text}, but its pages have ${samples} samples`;
  const split = samples > 1 && (held.means !== 'c' || (planar && !held.colour));
  if (split && !planar) return `states ${text}, but its pages hold ${samples} samples of each pixel`;
  if (samples > 1 && !split) long.splice(long.indexOf(held), 1);
  const [x, y] = [long.pop(), long.pop()];
  if (y?.means !== 'y' || x?.means !== 'x' || y.size !== height || x.size !== width) {
    return `states ${text}, but its pages hold ${height} x ${width} pixels`;
  }
  const axes: AxisSize[] = [];
  for (const { name, size, means } of long) {
    if (means === null || means === 'y' || means === 'x') return `states ${text}: ${name} is none of t, c and z`;
    axes.push({ axis: means, size });
  }
  return { axes, split };
}

/** Takes the pages that the axes count, in the file's order; null where there are more or fewer. */
export function pagesAlong({ axes, split }: AxesOfPages, pages: readonly Page[]): Page[] | null {
  const all = split ? pages.flatMap(samplePages) : [...pages];
  return axes.reduce((product, { size }) => product * size, 1) === all.length ? all : null;
}

const MOST_TOLD = 12;

/** Writes axes and their sizes for messages. */
export function describeAxes(stated: readonly StatedAxis[]): string {
  const told = stated.slice(0, MOST_TOLD).map(({ name, size }) => `${name.slice(0, 20)} ${size}`);
  return `the axes ${told.join(', ')}`;
}
