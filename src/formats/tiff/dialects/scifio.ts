import type { PageAxis } from '../../../image/description';
import { micrometresIn, notesOnUnits, pixelSizeOf } from '../../units';
import { keyValues, type TiffDocument } from '../document';
import { arrangePages, takenFor } from '../page-axes';
import { samePlane, type TiffScene } from '../scene';
import { fullPages, plainScenes, sizeOfResolution, smallerPages } from './plain';
import { axesOfPages, describeAxes, pagesAlong, type StatedAxis } from './stated-axes';

const NAMES: Record<string, PageAxis | 'y' | 'x'> = { x: 'x', y: 'y', z: 'z', channel: 'c', spectra: 'c', time: 't' };
const MOST_AXES = 32;

/** Tells whether a TIFF's description is that of SCIFIO (ImageJ2). */
export function isScifio({ description }: TiffDocument): boolean {
  return description.startsWith('SCIFIO=');
}

/**
 * Reads SCIFIO's description: `axes`, `lengths`, `scales` and `units`, each a list with commas, the fastest axis first;
 * early versions wrote ImageJ's numbers of channels, slices and frames alone.
 */
export function scifioScenes(document: TiffDocument): TiffScene[] {
  const values = keyValues(document.description);
  const list = (key: string) => (values.get(key) ?? '').split(',', MOST_AXES).map((each) => each.trim());
  const pages = fullPages(document.pages);
  const [first] = pages;
  const early = () => {
    const counts = ['channels', 'slices', 'frames'].map((key) => Number(values.get(key) ?? 1));
    return [first.width, first.height, ...counts];
  };
  const [scales, units] = [list('scales'), list('units')];
  const [names, lengths] = values.has('axes')
    ? [list('axes'), list('lengths').map(Number)]
    : [['X', 'Y', 'Channel', 'Z', 'Time'], early()];
  const stated = names
    .map((name, i): StatedAxis => ({ name, size: lengths[i] ?? 0, means: NAMES[name.toLowerCase()] ?? null }))
    .reverse();
  const found = axesOfPages(stated, first);
  const ordered = typeof found === 'string' ? null : pagesAlong(found, pages);
  if (typeof found === 'string' || !ordered || !pages.every((page) => samePlane(page, first))) {
    const [scene, ...others] = plainScenes(document);
    const because = typeof found === 'string' ? found : `states ${describeAxes(stated)}`;
    if (pages.length === 1 || others.length > 0) return [scene, ...others];
    const refused = typeof found === 'string';
    const why = refused
      ? `its description (SCIFIO) ${because}`
      : takenFor(pages.length, 'z', `: SCIFIO's description ${because}`);
    return [{ ...scene, unclear: { why, refused } }];
  }
  const along = (axis: string): number | null => {
    const i = names.findIndex((name) => name.toLowerCase() === axis);
    const unit = i < 0 ? null : micrometresIn(units[i] ?? '');
    return unit === null ? null : Number(scales[i]) * unit;
  };
  const spatial = units.filter((_, i) => ['x', 'y', 'z'].includes(names[i]?.toLowerCase()));
  return [
    {
      format: 'tiff',
      ...arrangePages(ordered, found.axes),
      channelNames: [],
      pixelSize: pixelSizeOf(along('z'), along('y'), along('x')) ?? sizeOfResolution(document.resolution),
      smaller: smallerPages(document.pages),
      notes: notesOnUnits(spatial),
    },
  ];
}
