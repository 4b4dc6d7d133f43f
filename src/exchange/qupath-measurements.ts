import type { ObjectRow } from '../objects/object-table';

/**
 * Names the measures of an object as QuPath does, with their units; what is unknown is left out, for QuPath takes numbers alone. In a
 * stack they are of the whole object, whatever the plane.
 * @param channels names of the raw image's channels, in the order of the measured ones
 */
export function measurementsOf(row: ObjectRow, isStack: boolean, channels: readonly string[]): Record<string, number> {
  const { shape, sizeMicrometres, size, meanIntensity, meanIntensities } = row;
  const length = shape?.unit === 'µm' ? 'µm' : 'px';
  const [extent, power] = isStack ? ['Volume', 3] : ['Area', 2];
  const means = meanIntensities ?? (meanIntensity === null ? [] : [meanIntensity]);
  const named: Array<[string, number | null | undefined]> = [
    sizeMicrometres === null ? [`${extent} px^${power}`, size] : [`${extent} µm^${power}`, sizeMicrometres],
    [`Perimeter ${length}`, shape?.perimeter],
    [`Surface ${length}^2`, shape?.surface],
    [`Major axis ${length}`, shape?.majorAxis],
    [`Minor axis ${length}`, shape?.minorAxis],
    ['Elongation', shape?.elongation],
    ['Eccentricity', shape?.eccentricity],
    ['Orientation rad', shape?.orientation],
    ['Neighbours', shape?.neighbours],
    ['At border', shape && (shape.atBorder ? 1 : 0)],
    ...means.map((mean, c): [string, number | null] => [`${channels[c] ?? `Channel ${c}`}: Mean`, mean]),
  ];
  return Object.fromEntries(
    named.filter((each): each is [string, number] => typeof each[1] === 'number' && Number.isFinite(each[1])),
  );
}
