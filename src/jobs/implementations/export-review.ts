import { lstat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/errors';
import { exportReview } from '../../curation/export-review';
import type { MadeTarget } from '../../curation/manifest-row';
import type { ReviewRecord } from '../../curation/record';
import { ReviewFolder } from '../../curation/review-folder';
import { REVIEW_FOLDERS } from '../../curation/review-mark';
import { copyFileAtomic } from '../../storage/atomic-file';
import { noteOwnFile, ownFiles, setOwnFiles } from '../../storage/own-files';
import { fileNameOf } from '../../storage/portable-names';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * Writes the tables of a review's used samples into `tables` in its folder, in place of earlier ones. Targets that
 * polygons alone do not tell are copied to `targets` beside it, for the scratch store may evict them.
 */
export const exportReviewJob: JobImplementation<'export-review'> = ({ folder, seed, paths, targets }, context) =>
  JobFiles.use(context, async (files) => {
    const review = await ReviewFolder.open(await files.path(folder));
    const place = path.join(review.folder, REVIEW_FOLDERS.targets);
    const own = await ownFiles(place);
    const copies = new Map<string, MadeTarget>();
    for (const [id, image] of Object.entries(targets)) {
      throwIfCancelled(context.signal, 'exporting');
      const { uri } = await files.image(image);
      const name = await freeName(place, fileNameOf(id), own);
      if (!own.has(name)) await noteOwnFile(place, name);
      await copyFileAtomic(await files.path(uri), path.join(place, name));
      copies.set(id, { file: path.join(place, name), unknown: image.unknown });
    }
    const records = async function* (): AsyncGenerator<ReviewRecord> {
      for (const { id, state } of review.list()) if (state === 'used') yield await review.get(id);
    };
    const result = await exportReview(records(), {
      folder: path.join(review.folder, REVIEW_FOLDERS.tables),
      seed,
      paths,
      targets: copies,
    });
    const named = new Set([...copies.values()].map(({ file }) => path.basename(file)));
    for (const name of own) if (!named.has(name)) await removeFile(path.join(place, name));
    if (own.size > 0) await setOwnFiles(place, named);
    return result;
  });

/** The name of a sample's target: another where a file that was not made here has it. */
async function freeName(folder: string, base: string, own: ReadonlySet<string>): Promise<string> {
  for (let n = 1; ; n++) {
    // No name of another sample has this sign before a number.
    const name = `${base}${n > 1 ? `~${n}` : ''}.ome.tiff`;
    if (own.has(name) || !(await lstat(path.join(folder, name)).catch(() => null))) return name;
  }
}

/** What has become something else than a file since stays. */
async function removeFile(file: string): Promise<void> {
  const there = await lstat(file).catch(() => null);
  if (there?.isFile()) await unlink(file);
}
