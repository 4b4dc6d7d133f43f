import type { Acquisition, StagePosition } from '../../../image/description';
import { micrometresIn, secondsIn } from '../../units';
import { attribute, children, textOf, type XmlElement } from '../../xml';

type PlatePlace = Pick<Acquisition, 'plate' | 'well' | 'field'>;

/** Reads which field of which well each image is, by the image's ID. */
export function readPlates(root: XmlElement): Map<string, PlatePlace> {
  const places = new Map<string, PlatePlace>();
  for (const [number, plate] of children(root, 'Plate').entries()) {
    const plateName = attribute(plate, 'Name') || attribute(plate, 'ID') || `Plate ${number}`;
    for (const well of children(plate, 'Well')) {
      const name = wellName(Number(attribute(well, 'Row') ?? -1), Number(attribute(well, 'Column') ?? -1));
      const samples = children(well, 'WellSample').map((sample, i) => ({
        index: Number(attribute(sample, 'Index') ?? i),
        image: attribute(children(sample, 'ImageRef')[0], 'ID'),
      }));
      samples.sort((a, b) => a.index - b.index);
      for (const [field, { image }] of samples.entries()) {
        if (image !== null) places.set(image, { plate: plateName, ...(name === null ? {} : { well: name }), field });
      }
    }
  }
  return places;
}

/** Reads what an Image element says of its acquisition; undefined where it says nothing. */
export function readAcquisition(
  image: XmlElement,
  pixels: XmlElement,
  place: PlatePlace | undefined,
): Acquisition | undefined {
  const planes = children(pixels, 'Plane');
  // The schemas before 2012 call it AcquiredDate.
  const date = ['AcquisitionDate', 'AcquiredDate']
    .map((name) => textOf(children(image, name)[0])?.trim())
    .find(Boolean);
  const timeIncrement = statedIncrement(pixels) ?? measuredIncrement(planes);
  const stage = planePosition(planes) ?? stageLabel(children(image, 'StageLabel')[0]);
  const found: Acquisition = {
    ...(date ? { date } : {}),
    ...(timeIncrement === null ? {} : { timeIncrement }),
    ...(stage === null ? {} : { stage }),
    ...place,
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

function statedIncrement(pixels: XmlElement): number | null {
  const seconds = quantity(pixels, 'TimeIncrement', 's', secondsIn);
  return seconds !== null && seconds > 0 ? seconds : null;
}

/** The mean interval between the first planes of the time points, where each says when it was taken. */
function measuredIncrement(planes: XmlElement[]): number | null {
  let [first, last, lastT]: [number | null, number | null, number] = [null, null, 0];
  for (const plane of planes) {
    if (attribute(plane, 'TheC') !== '0' || attribute(plane, 'TheZ') !== '0') continue;
    const t = Number(attribute(plane, 'TheT'));
    const taken = quantity(plane, 'DeltaT', 's', secondsIn);
    if (t === 0) first = taken;
    if (t > lastT) [last, lastT] = [taken, t];
  }
  if (first === null || last === null || !(last > first)) return null;
  return (last - first) / lastT;
}

/** Of the plane t = c = z = 0, else of the first one listed. */
function planePosition(planes: XmlElement[]): StagePosition | null {
  const isFirst = (plane: XmlElement) => ['TheT', 'TheC', 'TheZ'].every((key) => attribute(plane, key) === '0');
  return position(planes.find(isFirst) ?? planes[0], 'Position');
}

function stageLabel(label: XmlElement | undefined): StagePosition | null {
  return position(label, '');
}

/** OME's default unit here is the "reference frame", which is no length. */
function position(element: XmlElement | undefined, prefix: string): StagePosition | null {
  const along = (axis: string) => quantity(element, `${prefix}${axis}`, 'reference frame', micrometresIn);
  const found = { z: along('Z'), y: along('Y'), x: along('X') };
  return found.z === null && found.y === null && found.x === null ? null : found;
}

/** A number in its unit's base; null where it is absent or of no known unit. */
function quantity(
  element: XmlElement | undefined,
  key: string,
  defaultUnit: string,
  inBase: (unit: string) => number | null,
): number | null {
  const text = attribute(element, key);
  const factor = inBase(attribute(element, `${key}Unit`) ?? defaultUnit);
  if (text === null || text.trim() === '' || factor === null) return null;
  const value = Number(text) * factor;
  return Number.isFinite(value) ? value : null;
}

/** Gives a well's name from its row and column, both from 0: 1, 2 gives "B3", 26, 0 gives "AA1"; null outside a plate. */
export function wellName(row: number, column: number): string | null {
  if (!Number.isSafeInteger(row) || row < 0 || !Number.isSafeInteger(column) || column < 0) return null;
  let letters = '';
  for (let rest = row + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return `${letters}${column + 1}`;
}

/** Reads the row and column of a well's name, both from 0: "b03" gives 1, 2; null for another name. */
export function wellPlace(name: string): { row: number; column: number } | null {
  const parts = /^([A-Z]{1,2})0*([1-9]\d{0,3})$/i.exec(name.trim());
  if (!parts) return null;
  const row = [...parts[1].toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { row, column: Number(parts[2]) - 1 };
}
