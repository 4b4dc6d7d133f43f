import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { pathOfImage } from '../formats';
import { fileVersion } from '../formats/described-file';
import type { ImageDescription } from '../image/description';
import { contentHash } from '../provenance/content-hash';
import { type ContentHash, type ProvenanceRecord, readRecord } from '../provenance/record';
import type { Step } from '../samples/steps';
import { fileError } from '../storage/file-error';
import { readText } from '../storage/outside-files';
import { toPath } from '../storage/paths';
import type { JobInput, JobRunner, SaveSettings } from './job-types';
import type { ComputeSettings } from './settings';

/** What came of making a result again. */
export interface Rerun {
  record: ProvenanceRecord;
  /** the new file */
  path: string;
  /** null: a folder, whose bytes are not compared */
  isSame: boolean | null;
}

/**
 * Makes a saved result again from its record: the same image through the same steps, with the same models, on the same
 * kind of device, saved as it was; and compares the bytes.
 * @param file the record
 * @param folder where the new file goes
 * @throws CorruptFileError where the file is no record; SegmenterError `changed` where the image is another than it was,
 *   `not-found` where it is gone, `unsupported` where the steps do not begin with it; what the jobs throw
 */
export async function rerun(file: string, folder: string, runner: JobRunner): Promise<Rerun> {
  const record = readRecord(await readText(file), file);
  const { steps, image, sample, result, save } = record;
  const images = new Map<string, ImageDescription>([['raw', await unchangedImage(record)]]);
  if (steps.length === 0 || steps[0].from !== 'raw') {
    const message = `${file}: ${image} of ${sample} was not made from the raw image alone by predict and threshold; it cannot be made again`;
    throw new SegmenterError('unsupported', message, { path: file });
  }
  for (const step of steps) {
    for (const [name, made] of Object.entries(await again(step, images, sample, runner))) images.set(name, made);
  }
  const made = images.get(image);
  if (!made) throw new SegmenterError('unsupported', `${file}: its steps do not lead to ${image}`, { path: file });
  const settings = {
    ...(save as unknown as SaveSettings),
    folder,
    filename: null,
    existing: 'replace' as const,
    png: false,
  };
  const saved = await runner.run('save-image', { image: made, role: image, id: sample, settings });
  return { record, path: saved.path, isSame: result.hash && isEqual(await contentHash(saved.path), result.hash) };
}

/** Describes the image that a record begins with, once it is known to be the same. */
async function unchangedImage({ raw: { image, hash } }: ProvenanceRecord): Promise<ImageDescription> {
  if (hash === null) return image;
  const file = pathOfImage(image);
  const held = await contentHash(file).catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  if (!isEqual(held, hash)) {
    const message = `${file}: it holds something else than when the result was made; expected content of sha256 ${hash.sha256}`;
    throw new SegmenterError('changed', message, { path: file });
  }
  // A copy with the same content is as good.
  return { ...image, file: await fileVersion(file) };
}

async function again(
  { job, from, input, computed }: Step,
  images: ReadonlyMap<string, ImageDescription>,
  id: string,
  runner: JobRunner,
): Promise<Record<string, ImageDescription>> {
  const image = images.get(from);
  if (!image) throw new SegmenterError('unsupported', `${job} was made from ${from}, which no step before made`);
  if (job === 'predict') {
    const { engine, device } = { ...computed } as Partial<ComputeSettings>;
    const compute = { ...(input.compute as ComputeSettings), ...(engine && device ? { engine, device } : {}) };
    const { probability } = await runner.run('predict', { ...input, image, compute } as JobInput<'predict'>);
    return { probability };
  }
  const raw = images.get('raw') ?? null;
  const { mask, labels } = await runner.run('threshold', { ...input, image, raw, id } as JobInput<'threshold'>);
  return labels ? { mask, labels } : { mask };
}

function isEqual(one: ContentHash, other: ContentHash): boolean {
  return one.sha256 === other.sha256 && one.of === other.of;
}

/** Gives the folders that a record speaks of, which making it again reads. */
export function foldersOf({ raw, steps }: ProvenanceRecord): string[] {
  const models = steps.flatMap(({ input }) => {
    const { uri } = (input.model ?? {}) as { uri?: unknown };
    return typeof uri === 'string' && uri.startsWith('file:') ? [path.resolve(toPath(uri), '..', '..')] : [];
  });
  return [path.dirname(pathOfImage(raw.image)), ...models];
}
