import { rm } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { pathOfImage, WRITE_FORMATS } from '../../formats';
import type { ImageDescription } from '../../image/description';
import { contentHash } from '../../provenance/content-hash';
import { type ContentHash, type ProvenanceRecord, recordPath } from '../../provenance/record';
import { softwareOf } from '../../reports/software';
import { stepsTo } from '../../samples/steps';
import { writeFileAtomic } from '../../storage/atomic-file';
import { isWebAddress } from '../../storage/roots';
import type { JobInput } from '../job-types';

/**
 * Writes beside a saved result how it came about; where nobody says that, a record of an earlier result goes. The result is whole
 * already: without its record it is saved none the less.
 * @param saved beside which it lies
 * @param result where that is elsewhere
 * @throws SegmenterError `disk-full` and the like
 */
export async function writeProvenance(saved: string, input: JobInput<'save-image'>, result = saved): Promise<void> {
  const { role, id, raw, origin, settings } = input;
  if (!raw || !origin) {
    // What an earlier result left would be believed of this one.
    await rm(recordPath(saved), { force: true });
    return;
  }
  const isFolder = WRITE_FORMATS[settings.format].isFolder;
  const record: ProvenanceRecord = {
    format: 'segmenter-provenance',
    formatVersion: 1,
    saved: new Date().toISOString(),
    software: { ...softwareOf() },
    sample: id,
    image: role,
    result: { file: path.relative(path.dirname(saved), result), hash: isFolder ? null : await contentHash(result) },
    raw: { image: raw, hash: await hashOf(raw) },
    steps: stepsTo(role, origin.steps),
    save: { ...settings },
    ...(origin.verdict ? { verdict: origin.verdict } : {}),
    node: origin.node,
  };
  await writeFileAtomic(recordPath(saved), `${JSON.stringify(record, null, 2)}\n`);
}

/** Null for an image on a server, in a folder, or out of reach. */
async function hashOf(image: ImageDescription): Promise<ContentHash | null> {
  const file = pathOfImage(image);
  if (isWebAddress(file)) return null;
  return contentHash(file).catch((error: unknown) => {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return null;
  });
}
