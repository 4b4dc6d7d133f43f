import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, SegmenterError, throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import { percent } from '../../base/numbers';
import {
  createImageWriter,
  createLabelsWriter,
  type ImageReader,
  type ImageWriter,
  imageExtension,
  isOwnImage,
  type LabelsGroup,
  listLeftLabels,
  pathOfImage,
  WRITE_FORMATS,
  type WriteFormat,
} from '../../formats';
import { imageBands } from '../../image/bands';
import { heldCount } from '../../image/coverage';
import { count, type Shape5 } from '../../image/region';
import { writeFileAtomic } from '../../storage/atomic-file';
import { isInside, toPath } from '../../storage/paths';
import { isPortableName, pathOfId } from '../../storage/portable-names';
import { isWebAddress } from '../../storage/roots';
import { renderThumbnail } from '../../views/thumbnail';
import { BandCounter, forEachBand, requireOneChannel, rowsOfBands } from '../io/bands';
import { fileLayout } from '../io/file-layout';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import { labelsGroupOf, labelsName } from '../io/objects/labels-in-image';
import { writeObjectFiles } from '../io/objects/object-files';
import { writeProvenance } from '../io/provenance';
import { SavedBefore } from '../io/saved-before';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';

type Input = JobInput<'save-image'>;
type Context = JobContext<'save-image'>;

/** Names that are looked at for one that is free. */
const MOST_NUMBERED = 1000;

/** Copies an image into a folder, whole or not at all, and renders it as a PNG on request. */
export const saveImageJob: JobImplementation<'save-image'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const { role } = input;
    const reader = await files.open(input.image);
    const inImage = await labelsIn(files, input, reader.shape);
    const { group } = inImage;
    // Labels have the version of their image.
    const format = group ? (group.version === '0.5' ? 'ome-zarr' : 'ome-zarr-v2') : input.settings.format;
    const settings = { ...input.settings, format };
    const named = await files.path(path.join(toPath(settings.folder), fileName({ ...input, settings })));
    const own = settings.existing === 'own';
    const target = inImage.target ?? (own ? await placeFor(named, settings.format) : named);
    // What is written of labels in an image lies beside no image: it goes into the folder.
    const beside = group ? named : target;
    if (await holds(target, pathOfImage(reader.desc))) {
      throw new InvalidInputError('file name', 'another file than the one the image is read from', target);
    }
    // A raw file outside the allowed folders is out of reach for the target too.
    const raw = input.raw && (await files.path(pathOfImage(input.raw)).catch(() => null));
    if (raw && (await holds(target, raw))) {
      throw new InvalidInputError('file name', 'another file than the raw image of the sample', target);
    }
    const skipped = settings.existing === 'skip' && (await exists(target, settings.format));
    if (skipped && group) await listLeftLabels(group, path.basename(target));
    const saving = { reader, target, input: { ...input, settings }, context };
    const known = skipped ? null : await SavedBefore.of(files, saving);
    const before = await known?.find();
    const uncovered = skipped || before ? 0 : await countUncovered(reader, context);
    const written =
      skipped || before ? false : await copyImage(reader, uncovered, { target, group }, saving.input, context);
    if (written) await writeProvenance(beside, saving.input, target);
    if (written) await writeObjects(files, reader, beside, input, context);
    if (written) await known?.note();
    const notes = written ? [...inImage.notes, ...notesOn(uncovered, input, reader.shape)] : [];
    const result = {
      path: target,
      skipped: !written && !before,
      ...(before ? { known: before } : {}),
      ...(notes.length > 0 ? { notes } : {}),
    };
    if (!settings.png) return result;
    const bytes = await renderThumbnail(reader, role, context.signal, limitsOf(context).bandPixels);
    const png = await files.newFile(`${input.id}-${role}`, '.png', bytes.byteLength);
    await writeFileAtomic(png.path, bytes, png.options);
    return { ...result, png: png.path };
  });

/**
 * The name below the folder: the given one, or `<id>_<image>`, whose id may hold folders; with the format's ending.
 * @throws InvalidInputError where the id leads out of the folder, or a given name holds one or is not taken everywhere
 */
export function fileName({ id, role, settings }: Pick<Input, 'id' | 'role' | 'settings'>): string {
  const { endings } = WRITE_FORMATS[settings.format];
  if (settings.filename === null || settings.filename === '') return pathOfId(`${id}_${role}`) + endings[0];
  const name = settings.filename;
  if (!isPortableName(name)) {
    throw new InvalidInputError('file name', 'a name without folders that every system takes', name);
  }
  const given = imageExtension(name);
  if (given === null) return `${name}${endings[0]}`;
  if (endings.includes(given)) return name;
  throw new InvalidInputError('file name', `the ending ${endings.join(' or ')}, or none`, name);
}

/** Where labels go that are to lie in their image; with what a person should know where they cannot. */
async function labelsIn(
  files: JobFiles,
  input: Input,
  shape: Readonly<Shape5>,
): Promise<{ group: LabelsGroup | null; target: string | null; notes: string[] }> {
  const { role, id, settings } = input;
  if (settings.place !== 'image' || role !== 'labels') return { group: null, target: null, notes: [] };
  const group = await labelsGroupOf(files, input.raw, shape);
  if (typeof group === 'string') {
    return { group: null, target: null, notes: [`labels of ${id}: saved into the folder, for ${group}`] };
  }
  const name = await labelsName(group, input, (place) => exists(place, 'ome-zarr'));
  return { group, target: path.join(group.folder, name), notes: [] };
}

/** How many pixels the image does not hold. */
async function countUncovered(reader: ImageReader, context: Context): Promise<number> {
  const { shape } = reader;
  let uncovered = 0;
  for (const { t, c, z, y, rows } of imageBands(shape, rowsOfBands([reader], shape, context))) {
    const size: Shape5 = [1, 1, 1, rows, shape[4]];
    const pixels = count(size);
    uncovered += pixels - heldCount(reader.coverage({ start: [t, c, z, y, 0], size }), pixels);
    throwIfCancelled(context.signal, 'saving');
    await eventLoopTurn();
  }
  return uncovered;
}

function notesOn(uncovered: number, { role, id }: Input, shape: Readonly<Shape5>): string[] {
  if (uncovered === 0) return [];
  const share = percent(uncovered / count(shape));
  const text = `${uncovered} of ${count(shape)} pixels (${share}) are not in its file; the copy holds zeros there, which count as any`;
  return [`${role} of ${id}: ${text}`];
}

/** Writes files of the objects beside labels, with the intensities of a raw image of the same extent. */
async function writeObjects(
  files: JobFiles,
  labels: ImageReader,
  target: string,
  { raw, settings: { objects = 'none', objectClass = '' } }: Input,
  context: Context,
): Promise<void> {
  if (objects === 'none') return;
  requireOneChannel(labels.shape, `image ${labels.desc.id} to measure objects of`);
  const seen = raw && objects !== 'rois' ? await files.open(raw) : null;
  const fits = seen?.shape.every((n, axis) => axis === 1 || n === labels.shape[axis]);
  const rows = rowsOfBands(seen && fits ? [labels, seen] : [labels], labels.shape, context);
  await writeObjectFiles(target, objects, {
    labels,
    raw: fits ? seen : null,
    className: objectClass,
    rows,
    counter: new BandCounter(1, 'measuring objects', context),
    runBytes: limitsOf(context).runBytes,
    folder: files.scratch.folder,
    signal: context.signal,
  });
}

/** @returns false where a file was there and was to stay */
async function copyImage(
  reader: ImageReader,
  uncovered: number,
  { target, group }: { target: string; group: LabelsGroup | null },
  input: Input,
  context: Context,
): Promise<boolean> {
  const { settings } = input;
  const { shape, dtype, desc } = reader;
  const { channels, pixelSize, scale, acquisition } = desc;
  const info = {
    shape,
    dtype,
    channels: channels.map(({ name }, index) => ({ index, name })),
    pixelSize,
    scale,
    acquisition,
    ...(uncovered === 0 ? {} : { uncovered }),
    ...(input.role === 'labels' ? { labels: true } : {}),
    compression: settings.compression,
    ...fileLayout(settings, shape, input.role),
  };
  const isOwn = settings.existing === 'own' || (group !== null && settings.existing === 'replace');
  const replaces = isOwn ? await isOwnImage(target, settings.format) : settings.existing === 'replace';
  const existing = replaces ? 'replace' : 'error';
  try {
    const writer = group
      ? await createLabelsWriter(group, path.basename(target), info, { existing })
      : await createImageWriter(target, info, settings.format, { existing });
    try {
      await copyBands(reader, writer, context);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.finish();
    return true;
  } catch (error) {
    // Another writer was faster.
    if (settings.existing === 'skip' && error instanceof SegmenterError && error.code === 'exists') return false;
    throw error;
  }
}

async function copyBands(reader: ImageReader, writer: ImageWriter, context: Context): Promise<void> {
  const { signal } = context;
  await forEachBand(reader.shape, rowsOfBands([reader], reader.shape, context), context, 'saving', async (band) => {
    await writer.write(await reader.readRows(band, { signal }));
  });
}

/**
 * The first of `x.tif`, `x_2.tif`, ... where nothing is, or what this package wrote.
 * @throws SegmenterError `exists` where each is somebody else's
 */
async function placeFor(named: string, format: WriteFormat): Promise<string> {
  const ending = WRITE_FORMATS[format].endings.find((each) => named.endsWith(each)) ?? '';
  const name = named.slice(0, named.length - ending.length);
  for (let number = 1; number <= MOST_NUMBERED; number++) {
    const place = number === 1 ? named : `${name}_${number}${ending}`;
    const status = await stat(place).catch(() => null);
    if (status === null || (await isOwnImage(place, format))) return place;
  }
  const message = `${named}: expected one of ${MOST_NUMBERED} numbered names to be free or of this package, all are other files`;
  throw new SegmenterError('exists', message, { file: named });
}

/** Whether replacing a file or folder would take another along: that in a Zarr image, or one by a second name or case. */
async function holds(target: string, file: string): Promise<boolean> {
  if (isWebAddress(file)) return false;
  if (isInside(target, file)) return true;
  const [one, other] = await Promise.all([target, file].map((name) => stat(name, { bigint: true }).catch(() => null)));
  return one !== null && other !== null && one.ino !== 0n && one.dev === other.dev && one.ino === other.ino;
}

async function exists(file: string, format: WriteFormat): Promise<boolean> {
  const status = await stat(file).catch(() => null);
  return (WRITE_FORMATS[format].isFolder ? status?.isDirectory() : status?.isFile()) ?? false;
}
