import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { pathOfImage } from '../../formats';
import type { ImageDescription } from '../../image/description';
import { MODEL_FILES, momentsPath, weightsPath } from '../../models/layout';
import type { ResolvedModel } from '../../models/resolve';
import { hashOnce } from '../../provenance/content-hash';
import { listFolder, lookAt, stat } from '../../storage/outside-files';
import { isInside } from '../../storage/paths';
import { missingFileError } from '../../storage/scratch-names';
import { MOST_FILES, type Offer } from './bundle';
import type { JobFiles } from './job-files';

/** Folders in folders of one image. */
const DEEPEST = 32;

/**
 * Lists and hashes all files that images of one place lie in: of a set every one, of a Zarr image all of its folder.
 * @param images at least one
 * @throws SegmenterError `unsupported` for too many files; `not-allowed`, `not-found`, `timeout`, `cancelled`
 */
export async function offerOfImages(
  files: JobFiles,
  images: readonly ImageDescription[],
  signal: AbortSignal,
): Promise<Offer> {
  const place = await files.path(pathOfImage(images[0]));
  if (files.scratch.owns(place)) return offerOfResult(files, place, signal);
  const status = await stat(place).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new SegmenterError('not-found', `${place}: no such file or folder`, { path: place }, { cause });
  });
  const names = status.isDirectory() ? await filesBelow(files, place) : [place, ...(await partsOf(files, images))];
  return offer(files, { place, names }, signal);
}

/** A result of our own is the same whatever it is called, and whenever it was made. */
async function offerOfResult(files: JobFiles, place: string, signal: AbortSignal): Promise<Offer> {
  if (!(await files.keep(place))) throw missingFileError(place);
  const name = `result${/(\.ome)?\.[A-Za-z0-9]+$/.exec(place)?.[0] ?? ''}`;
  const sha256 = await hashOnce(place, files.scratch, signal);
  const file = { name, size: (await stat(place)).size, modified: 0, sha256 };
  return { place, paths: [place], bundle: { name, files: [file] } };
}

/** Lists and hashes the files that a model computes with. @param withWeights those that a training starts from, too */
export async function offerOfModel(
  files: JobFiles,
  { folder, card }: ResolvedModel,
  withWeights: boolean,
  signal: AbortSignal,
): Promise<Offer> {
  const needed = [MODEL_FILES.card, MODEL_FILES.network, ...Object.keys(card.externalData ?? {})];
  const names = needed.map((name) => path.join(folder, name));
  for (const file of withWeights ? [weightsPath(folder), momentsPath(folder)] : [])
    if (await lookAt(file)) names.push(file);
  return offer(files, { place: folder, names }, signal);
}

async function offer(
  files: JobFiles,
  { place, names }: { place: string; names: readonly string[] },
  signal: AbortSignal,
): Promise<Offer> {
  const root = names.map((name) => path.dirname(name)).reduce(commonFolder, path.dirname(place));
  const relative = (file: string) => path.relative(root, file).split(path.sep).join('/');
  const listed: Offer['bundle']['files'] = [];
  for (const file of names) {
    const real = await files.path(file);
    const { size, mtimeMs } = await stat(real);
    const sha256 = await hashOnce(real, files.scratch, signal);
    listed.push({ name: relative(file), size, modified: Math.round(mtimeMs), sha256 });
  }
  return { place, paths: [...names], bundle: { name: relative(place), files: listed } };
}

/** The other files of a set; they are known once it is open. */
async function partsOf(files: JobFiles, images: readonly ImageDescription[]): Promise<string[]> {
  const found = new Set<string>();
  for (const image of images) {
    if (image.file?.set === undefined) continue;
    const { parts } = await files.open(image);
    for (const { path: file } of parts) found.add(file);
  }
  return [...found].sort();
}

async function filesBelow(files: JobFiles, top: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await listFolder(folder)) {
      const place = path.join(folder, entry.name);
      const isFolder = entry.isSymbolicLink()
        ? (await stat(await files.path(place))).isDirectory()
        : entry.isDirectory();
      if (isFolder && depth < DEEPEST) await walk(place, depth + 1);
      else if (!isFolder) found.push(place);
      if (found.length > MOST_FILES || (isFolder && depth === DEEPEST)) {
        const message = `${top} has more than ${MOST_FILES} files, or folders in it deeper than ${DEEPEST}: too many to be sent one by one; put it into a folder that the workers share`;
        throw new SegmenterError('unsupported', message, { path: top });
      }
    }
  };
  await walk(top, 0);
  return found.sort();
}

function commonFolder(a: string, b: string): string {
  let common = a;
  while (!isInside(common, b)) {
    if (path.dirname(common) === common) {
      throw new SegmenterError(
        'unsupported',
        `${a} and ${b} are files of one image on two disks, which cannot be sent`,
      );
    }
    common = path.dirname(common);
  }
  return common;
}
