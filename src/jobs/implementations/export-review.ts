import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/errors';
import { exportReview } from '../../review/export-review';
import { fileNameOf } from '../../review/file-names';
import type { ReviewRecord } from '../../review/record';
import { ReviewFolder } from '../../review/review-folder';
import { copyFileAtomic } from '../../storage/atomic-file';
import type { JobImplementation } from '../protocol';
import { JobFiles } from './job-files';

/**
 * Writes the tables of a review's used samples into `tables` in its folder, in place of earlier ones. Targets that
 * polygons alone do not tell are copied to `targets` beside it, for the scratch store may evict them.
 */
export const exportReviewJob: JobImplementation<'export-review'> = ({ folder, seed, paths, targets }, context) =>
  JobFiles.use(context, async (files) => {
    const review = await ReviewFolder.open(await files.path(folder));
    const copies = new Map<string, string>();
    for (const [id, image] of Object.entries(targets)) {
      throwIfCancelled(context.signal, 'exporting');
      const { uri } = await files.image(image, `target of sample ${id}`);
      const copy = path.join(review.folder, 'targets', `${fileNameOf(id)}.ome.tiff`);
      await copyFileAtomic(await files.path(uri), copy);
      copies.set(id, copy);
    }
    const records = async function* (): AsyncGenerator<ReviewRecord> {
      for (const { id, state } of review.list()) if (state === 'used') yield await review.get(id);
    };
    const result = await exportReview(records(), {
      folder: path.join(review.folder, 'tables'),
      seed,
      paths,
      targets: copies,
    });
    await removeOthers(path.join(review.folder, 'targets'), [...copies.values()]);
    return result;
  });

/** Targets that the new tables do not name. */
async function removeOthers(folder: string, kept: readonly string[]): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const file = path.join(folder, name);
    if (!kept.includes(file)) await rm(file, { recursive: true, force: true });
  }
}
