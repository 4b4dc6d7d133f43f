import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SegmenterError, toErrorRecord } from '../../base/errors';
import { canonicalHash } from '../../base/plain-json';
import { checkUnchanged, openDescription } from '../../formats';
import { bandRows, imageBands } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import { bytesOf } from '../../image/dtype';
import { type Sample, truthRole } from '../../samples/sample';
import { readPieces, stat } from '../../storage/outside-files';

/** Of larger files only size, time of change and both ends are looked at. */
const WHOLE_BYTES = 2 ** 30;
const END_BYTES = 2 ** 20;

/** A file by its content, and which image of it. */
export interface ImageRecord
  extends Partial<
    Pick<ImageDescription, 'scene' | 'level' | 'pages' | 'select' | 'region' | 'labels' | 'foreground' | 'unknown'>
  > {
  uri: string;
  sha256: string;
  shape: number[];
}

/** A sample's data as the card records it, and as a resumed training compares it. */
export interface DataRecord {
  id: string;
  split: string;
  /** who says what its target says; absent: people */
  origin?: Sample['origin'];
  /** by role: where the pixels are and a hash of the file (of the pixels for a Zarr image and a set of files) */
  images: Record<string, ImageRecord>;
}

/**
 * Hashes the files of samples, each file once.
 * @param splitOf what a sample is used for, by its index
 * @throws SegmenterError `not-found` for a file that is gone, `changed` for one that was overwritten since it was loaded
 */
export async function recordData(
  samples: readonly Sample[],
  splitOf: (index: number) => string,
): Promise<DataRecord[]> {
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (image: ImageDescription): Promise<string> => {
    // Of a Zarr image (a folder, or on a server) and a set of files the described pixels are hashed, which differ by scene
    // and selection.
    const isOneFile = image.format !== 'ome-zarr' && image.file?.set === undefined;
    const key = isOneFile ? image.uri : canonicalHash(image);
    const known = hashes.get(key) ?? (isOneFile ? hashContent(fileURLToPath(image.uri)) : hashPixels(image));
    hashes.set(key, known);
    return known;
  };
  const records: DataRecord[] = [];
  for (const [index, sample] of samples.entries()) {
    const images: DataRecord['images'] = {};
    for (const [role, image] of Object.entries({
      raw: sample.raw,
      target: sample[truthRole(sample)],
      weight: sample.weight,
    })) {
      if (!image) continue;
      const { uri, shape, select, region, scene, level, pages, labels, foreground, unknown } = image;
      // What tells images of one file apart, and how they are taken; the file's content is the same.
      const place = {
        ...(scene ? { scene } : {}),
        ...(level ? { level } : {}),
        ...(pages ? { pages } : {}),
        ...(select ? { select } : {}),
        ...(region ? { region } : {}),
        ...(labels ? { labels } : {}),
        ...(foreground ? { foreground } : {}),
        ...(unknown ? { unknown } : {}),
      };
      const sha256 = await hashOf(image);
      await checkUnchanged(image);
      images[role] = { uri, sha256, shape: [...shape], ...place };
    }
    const { id, origin } = sample;
    records.push({ id, split: splitOf(index), ...(origin ? { origin } : {}), images });
  }
  return records;
}

/** Images whose files were overwritten while a training drew patches from them: a line each, for people. */
export async function overwrittenImages(samples: readonly Sample[]): Promise<string[]> {
  const found: string[] = [];
  for (const image of samples.flatMap(imagesOf)) {
    await checkUnchanged(image).catch((error: unknown) => {
      const { code, message } = toErrorRecord(error);
      // A disk that does not answer now costs no training that is done.
      if (code === 'changed') found.push(`${message}. The training may have read both`);
    });
  }
  return [...new Set(found)];
}

/** What a training reads of a sample. */
function imagesOf(sample: Sample): ImageDescription[] {
  return [sample.raw, sample[truthRole(sample)], sample.weight].flatMap((image) => image ?? []);
}

/**
 * What stands for a training: its settings, all it derives from them, and its data. Where files lie does not count,
 * so masks that were made anew in the scratch folder with the same pixels are the same data.
 * @returns 64 hexadecimal digits
 */
export function trainingKey(parts: Record<string, unknown>, data: readonly DataRecord[]): string {
  const withoutPlaces = data.map(({ images, ...rest }) => ({
    ...rest,
    images: Object.fromEntries(Object.entries(images).map(([role, { uri: _, ...rest }]) => [role, rest])),
  }));
  return canonicalHash({ ...parts, data: withoutPlaces });
}

async function hashPixels(image: ImageDescription): Promise<string> {
  const hash = createHash('sha256');
  const reader = await openDescription(image);
  try {
    const rows = bandRows(reader.shape, [reader.block[3]]);
    for (const band of imageBands(reader.shape, rows)) hash.update(bytesOf(await reader.readRows(band)));
  } finally {
    await reader.close();
  }
  return hash.digest('hex');
}

async function hashContent(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file).catch((cause: unknown) => {
    throw new SegmenterError('not-found', `${file}: cannot be read for training`, { path: file }, { cause });
  });
  const hash = createHash('sha256');
  if (size <= WHOLE_BYTES) await feed(hash, file, 0, size);
  else {
    hash.update(`${size} ${mtimeMs}`);
    await feed(hash, file, 0, END_BYTES);
    await feed(hash, file, size - END_BYTES, size);
  }
  return hash.digest('hex');
}

async function feed(hash: ReturnType<typeof createHash>, file: string, start: number, end: number): Promise<void> {
  if (end === start) return;
  for await (const piece of readPieces(file, start, end)) hash.update(piece);
}
