import path from 'node:path';
import { canonicalHash } from '../base/canonical-hash';
import { SegmenterError } from '../base/errors';
import type { FileVersion, ImageDescription } from '../image/description';
import { pathOfImage } from './path-of-image';
import type { SourceInfo } from './source';

/** Digits of a hash that tell versions of one set apart. */
const DIGITS = 16;

/** What stands for the other files of an image's set, as they were when it was opened. */
export function versionOfSet({ others }: Pick<SourceInfo, 'others'>): Pick<FileVersion, 'set'> {
  if (others === undefined) return {};
  const versions = others.map(({ path: file, size, modified }) => [path.basename(file), size, modified].join());
  return { set: canonicalHash(versions.sort()).slice(0, DIGITS) };
}

/**
 * Sees that the files of an opened set are those that were described; descriptions without a version of them pass.
 * @throws SegmenterError `changed` naming the file that was written last
 */
export function checkSet({ id, file, ...image }: ImageDescription, info: SourceInfo): void {
  if (file?.set === undefined || file.set === versionOfSet(info).set) return;
  const place = pathOfImage({ id, ...image });
  const others = info.others ?? [];
  const last = others.reduce((latest, part) => (part.modified > latest.modified ? part : latest), others[0]);
  const found = last ? `; last written is ${last.path}, ${new Date(last.modified).toISOString()}` : '';
  const message = `a file of the set of ${place} has changed since it was loaded as ${id}${found}. Load it again`;
  throw new SegmenterError('changed', message, { path: last?.path ?? place, id });
}
