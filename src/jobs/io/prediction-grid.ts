import { rm } from 'node:fs/promises';
import type { ImageReader } from '../../formats';
import type { RegionReader } from '../../image/coverage';
import type { ImageDescription } from '../../image/description';
import type { Region, Shape5 } from '../../image/region';
import { type ProbabilityType, probabilityInfo } from '../../inference/predict-image';
import { planRescaling, RescaledReader } from '../../inference/rescaling';
import type { ModelCard } from '../../models/card';
import type { Rescaled } from '../results';
import { forEachBand, type PlainContext, rowsOfBands } from './bands';
import type { JobFiles } from './job-files';

type Rows = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
type WriteRows = (rows: Rows, channel: number) => Promise<void>;

/** The pixels that a map is predicted on, and the way of its rows to the pixels of the image. */
export interface PredictionGrid {
  image: ImageDescription;
  reader: RegionReader;
  write: WriteRows;
  /** Hands on what is still on the way. */
  finish(): Promise<void>;
  warnings: string[];
  /** what the image was rescaled to, where it was */
  rescaled?: Rescaled;
}

/** Predicts on the image's own pixels. */
export function ownGrid(reader: ImageReader, write: WriteRows): PredictionGrid {
  return { image: reader.desc, reader, write, finish: async () => undefined, warnings: [] };
}

/**
 * Predicts on pixels of the size that the model was trained at. The map of those waits in a file of the scratch store,
 * and is brought back to the image's own pixels in the end, band by band.
 * @throws InvalidInputError as {@link planRescaling}
 */
export async function rescaledGrid(
  files: JobFiles,
  reader: ImageReader,
  card: ModelCard,
  type: ProbabilityType,
  write: WriteRows,
  context: PlainContext,
): Promise<PredictionGrid> {
  const { image, warnings } = planRescaling(card, reader.desc);
  if (!image) return { ...ownGrid(reader, write), warnings };
  const map = await files.create(`${image.id}-rescaled`, probabilityInfo(image, type, card.outputs));
  return {
    image,
    reader: new RescaledReader(reader, reader.shape, image.shape),
    write: (rows) => map.writer.write(rows),
    finish: async () => {
      const finished = await map.finish(image.id);
      try {
        await bringBack(await files.open(finished), reader, type, write, context);
      } finally {
        // what stays, where open files cannot be removed, is evicted in time
        await rm(map.path, { force: true }).catch(() => undefined);
      }
    },
    warnings,
    rescaled: { pixelSize: image.pixelSize, size: [image.shape[2], image.shape[3], image.shape[4]] },
  };
}

async function bringBack(
  map: ImageReader,
  { shape: [times, , depth, height, width] }: ImageReader,
  type: ProbabilityType,
  write: WriteRows,
  context: PlainContext,
): Promise<void> {
  const shape: Shape5 = [times, map.shape[1], depth, height, width];
  const reader = new RescaledReader(map, map.shape, shape);
  await forEachBand(shape, rowsOfBands([map], shape, context), context, 'rescaling', async ({ t, c, z, y, rows }) => {
    const region: Region = { start: [t, c, z, y, 0], size: [1, 1, 1, rows, width] };
    const pixels = await reader.read(region, { signal: context.signal });
    await write(type === 'uint16' ? Uint16Array.from(pixels, Math.round) : pixels, c);
  });
}
