import { throwIfCancelled } from '../../base/errors';
import { bandRows, imageBands } from '../../image/bands';
import type { Picture } from '../../image/picture';
import { UNKNOWN_NUMBER } from '../../masks/object-names';
import { TILE } from '../../views/levels';
import { type OpenPicture, openPicture } from '../../views/open-picture';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** Of a channel: planes that are looked at, bands of each, and pixels of all together. */
const PLANES = 4;
const BANDS = 4;
const SAMPLE = 2 ** 18;
/** Pixels of a band in which numbers are looked for, and bands: all of an image that has no more. */
const LOOK = 2 ** 20;
const LOOKS = 32;

/** An image as the page draws it; the ranges of its channels come from a sample of pixels. */
export const pictureInfoJob: JobImplementation<'picture-info'> = ({ image, purpose }, context) =>
  JobFiles.use(context, async (files): Promise<Picture> => {
    const picture = await openPicture(image, purpose, (path) => files.path(path));
    const { shape, dtype, levels, desc } = picture;
    const ranges: Picture['ranges'] = [];
    for (let c = 0; c < shape[1]; c++) {
      ranges.push(purpose ? rangeOf(Float64Array.of(0, 1)) : rangeOf(await samplePixels(picture, c, context.signal)));
    }
    const { pixelSize } = desc;
    return {
      shape,
      dtype,
      channels: desc.channels.map(({ name }) => ({ name })),
      // A plane has no distance to the next.
      pixelSize: pixelSize ? { ...pixelSize, z: pixelSize.z ?? pixelSize.y } : null,
      levels: levels.map(({ size }) => size),
      tile: TILE,
      ranges,
      ...(purpose === 'numbers' ? { numbered: await isNumbered(picture, context.signal) } : {}),
    };
  });

/** Rows spread over planes spread over the middle time point: finite values, in ascending order. */
async function samplePixels(picture: OpenPicture, c: number, signal: AbortSignal): Promise<Float64Array> {
  const [times, , depth, height, width] = picture.shape;
  const planes = Math.min(PLANES, depth);
  const whole = planes * height * width <= SAMPLE;
  const bands = whole ? 1 : Math.min(BANDS, height);
  const rows = whole ? height : Math.max(1, Math.min(height, Math.floor(SAMPLE / (planes * bands * width))));
  const values: number[] = [];
  for (let i = 0; i < planes; i++) {
    for (let band = 0; band < bands; band++) {
      throwIfCancelled(signal, 'looking at an image');
      const z = Math.floor(((2 * i + 1) * depth) / (2 * planes));
      const y = Math.min(height - rows, Math.floor(((2 * band + 1) * height) / (2 * bands) - rows / 2));
      const start: [number, number, number, number, number] = [Math.floor(times / 2), c, z, Math.max(0, y), 0];
      const pixels = await picture.read(0, { start, size: [1, 1, 1, rows, width] }, signal);
      for (const value of pixels) if (Number.isFinite(value)) values.push(value);
    }
  }
  return Float64Array.from(values).sort();
}

/** Whether a segmentation has several numbers, in bands that are spread over it. */
async function isNumbered(picture: OpenPicture, signal: AbortSignal): Promise<boolean> {
  const { shape } = picture;
  const bands = [...imageBands(shape, bandRows(shape, [1], LOOK))];
  const looks = Math.min(LOOKS, bands.length);
  let first = 0;
  for (let i = 0; i < looks; i++) {
    throwIfCancelled(signal, 'looking at an image');
    const { t, c, z, y, rows } = bands[Math.floor(((i + 0.5) * bands.length) / looks)];
    const pixels = await picture.read(0, { start: [t, c, z, y, 0], size: [1, 1, 1, rows, shape[4]] }, signal);
    for (const number of pixels) {
      if (number === 0 || number === first || number === UNKNOWN_NUMBER) continue;
      if (first !== 0) return true;
      first = number;
    }
  }
  return false;
}

/** @param sorted ascending; nothing: no finite value, taken for zeros */
function rangeOf(sorted: Float64Array): Picture['ranges'][number] {
  const at = (percent: number) => sorted[Math.round((percent / 100) * (sorted.length - 1))] ?? 0;
  return {
    min: at(0),
    'p0.1': at(0.1),
    'p0.5': at(0.5),
    p1: at(1),
    p50: at(50),
    p99: at(99),
    'p99.5': at(99.5),
    'p99.9': at(99.9),
    max: at(100),
  };
}
