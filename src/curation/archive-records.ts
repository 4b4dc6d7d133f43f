import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { ownMaskFiles } from './mask-files';
import { RECORD_ENDING } from './record-file';
import type { ReviewFolder } from './review-folder';
import { REVIEW_FOLDERS } from './review-mark';

/**
 * Moves the records of a review, with the drawings that were made from them, into a folder of its archive that is named by
 * the time. All else stays where it is.
 */
export async function archiveRecords(review: ReviewFolder, now = new Date()): Promise<void> {
  const archive = path.join(review.folder, REVIEW_FOLDERS.archive, now.toISOString().replaceAll(':', '-'));
  for (const { id } of review.list()) {
    const record = await review.get(id).catch((error: unknown) => {
      if (error instanceof SegmenterError && error.code === 'not-found') return null;
      throw error;
    });
    if (!record) continue;
    const base = review.pathOf(id);
    const names = [...(await ownMaskFiles(base, record.decision)), path.basename(base) + RECORD_ENDING];
    try {
      await mkdir(archive, { recursive: true });
      // The record last: where this ends between, its drawings are made again.
      for (const name of names) await rename(path.join(review.folder, name), path.join(archive, name));
    } catch (error) {
      throw fileError(error, 'archive', base + RECORD_ENDING);
    }
  }
  await review.refresh();
}
