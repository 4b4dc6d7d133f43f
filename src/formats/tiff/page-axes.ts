import { UnsupportedError } from '../../base/errors';
import type { PageAxis, PixelSize } from '../../image/description';
import type { Page } from './page';
import { samplePages, type TiffScene } from './scene';

/** An axis along which pages follow each other. */
export interface AxisSize {
  axis: PageAxis;
  size: number;
}

type Arranged = Pick<TiffScene, 'sizeT' | 'groups' | 'sizeZ' | 'pages'>;

/**
 * Brings pages into the order of a scene. An axis that is named twice (channels and colour samples) is one: the later
 * of the two runs faster.
 * @param pages as many as the axes' sizes multiply to
 * @param axes slowest first
 */
export function arrangePages(pages: readonly Page[], axes: readonly AxisSize[]): Arranged {
  const size = (wanted: PageAxis) => axes.reduce((n, { axis, size }) => (axis === wanted ? n * size : n), 1);
  const [sizeT, groups, sizeZ] = [size('t'), size('c'), size('z')];
  const fastestFirst = axes.toReversed();
  const ordered = new Array<Page>(pages.length);
  for (const [number, page] of pages.entries()) {
    const at = { t: 0, c: 0, z: 0 };
    const scale = { t: 1, c: 1, z: 1 };
    let rest = number;
    for (const { axis, size } of fastestFirst) {
      at[axis] += (rest % size) * scale[axis];
      scale[axis] *= size;
      rest = Math.floor(rest / size);
    }
    ordered[(at.t * groups + at.c) * sizeZ + at.z] = page;
  }
  return { sizeT, groups, sizeZ, pages: ordered };
}

const NAMES: Record<PageAxis, string> = { z: 'z planes', c: 'channels', t: 'time points' };

/** Words what is said of pages that are taken for planes along an axis because the file does not say what they are. */
export function takenFor(pages: number, axis: PageAxis, because = ''): string {
  return `${pages} pages are taken for ${NAMES[axis]}${because}; set "Pages" to say what they are`;
}

/**
 * Gives a scene as its reader is told to take its pages: the axis along which they run becomes the one that was named.
 * @param told null: as the file says, or as it is taken where it does not say
 * @throws UnsupportedError where nobody says what the pages are and no guess would do
 */
export function withPages(scene: TiffScene, told: PageAxis | null, path: string): TiffScene {
  const { unclear, ...known } = scene;
  if (told === null) {
    if (unclear?.refused)
      throw new UnsupportedError(
        path,
        `${unclear.why}, so nobody knows what its pages are; set "Pages" to say what they are`,
      );
    return unclear ? withNote(known, unclear.why) : known;
  }
  const { sizeT, groups, sizeZ, pages } = scene;
  const sizes: Array<[PageAxis, number]> = [
    ['t', sizeT],
    ['c', groups],
    ['z', sizeZ],
  ];
  const long = sizes.filter(([, size]) => size > 1);
  if (long.length > 1) {
    const stated = long.map(([axis, size]) => `${size} ${NAMES[axis]}`).join(', ');
    return withNote(known, `the file states ${stated}: "Pages" (${told}) is not heeded`);
  }
  const [{ samples, planar }] = pages;
  if (unclear && long.length === 0 && planar && samples > 1 && told !== 'c') return withPages(split(known), told, path);
  if (long.length === 0 || long[0][0] === told) return known;
  const { acquisition: taken, channelNames, pixelSize, ...rest } = known;
  const { timeIncrement: _, ...acquisition } = taken ?? {};
  return {
    ...rest,
    sizeT: told === 't' ? pages.length : 1,
    groups: told === 'c' ? pages.length : 1,
    sizeZ: told === 'z' ? pages.length : 1,
    // Names of channels that are none any more go, as does the step along an axis that is no length or time any more.
    channelNames: groups > 1 ? [] : channelNames,
    pixelSize: pixelSize && withoutZ(pixelSize),
    ...(Object.keys(acquisition).length > 0 ? { acquisition } : {}),
  };
}

/** The sample planes of a scene of one page as its pages. */
function split(scene: TiffScene): TiffScene {
  const pages = scene.pages.flatMap(samplePages);
  return { ...scene, sizeT: 1, groups: pages.length, sizeZ: 1, pages };
}

function withoutZ({ y, x }: PixelSize): PixelSize {
  return { z: null, y, x };
}

function withNote(scene: TiffScene, note: string): TiffScene {
  return { ...scene, notes: [...(scene.notes ?? []), note] };
}
