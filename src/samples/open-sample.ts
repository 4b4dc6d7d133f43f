import { type ErrorRecord, InvalidInputError, SegmenterError, toErrorRecord } from '../base/errors';
import { describeSource } from '../formats/describe-image';
import { fileVersion } from '../formats/described-file';
import { asLabels } from '../formats/label-view';
import { openImage } from '../formats/open-image';
import type { OpenOptions, SourceInfo } from '../formats/source';
import type { ForegroundRule, ImageDescription } from '../image/description';
import { notesOfFile } from '../masks/foreground';
import { checkMaskShape, checkSameExtent } from '../masks/planes';
import type { Regions } from '../masks/regions';
import { resolveInRoots } from '../storage/roots';
import { isRegionsFile, readRegionsFile } from './regions-file';
import type { ChannelChoice, SampleEntry, SampleRequest } from './request';
import type { Sample } from './sample';
import { sceneId } from './sample-id';
import { filesOfScene, isOfScene, scenesOf } from './scene-files';

/** A scene that could not be opened; the others of its file go on. */
export interface UnopenedScene {
  id: string;
  error: ErrorRecord;
}

/**
 * Opens an entry of a listing: describes its images, reads its polygons, and checks that all fit together.
 * @param roots folders that reading is confined to
 * @returns one sample, or one for each scene of the raw file where the entry names none; of a scene that cannot be opened
 *   why
 * @throws SegmenterError naming the file, or both images and their shapes where they differ; the entry's own error
 */
export async function openSample(
  entry: SampleEntry,
  common: SampleRequest,
  roots: readonly string[],
): Promise<Array<Sample | UnopenedScene>> {
  if (entry.error) throw new SegmenterError(entry.error.code, entry.error.message, entry.error.details);
  const request = entry.pages ? { ...common, pages: entry.pages } : common;
  const { scenes } = await factsOfScene(await resolveInRoots(entry.raw, roots), { scene: 0, pages: request.pages });
  const wanted = scenesOf(entry, scenes);
  const opened: Array<Sample | UnopenedScene> = [];
  for (const scene of wanted.scenes) {
    try {
      const files = filesOfScene(entry, scene, scenes);
      opened.push(await openScene({ ...entry, ...files }, request, roots, scene, scenes));
    } catch (error) {
      // A disk that does not answer is asked no more.
      if (scenes === 1 || !(error instanceof SegmenterError) || error.code === 'timeout') throw error;
      opened.push({ id: sceneId(entry.id, scene, Math.max(scenes, scene + 1)), error: toErrorRecord(error) });
    }
  }
  const first = opened.find((each) => 'raw' in each);
  if (first && wanted.notes.length > 0) first.raw.notes = [...(first.raw.notes ?? []), ...wanted.notes];
  return opened;
}

/** What every file of one sample is opened with. */
interface Opening {
  id: string;
  entry: SampleEntry;
  request: SampleRequest;
  roots: readonly string[];
  scene: number;
  scenes: number;
}

/** What somebody said of a segmentation. */
interface Said {
  foreground?: ForegroundRule;
  /** null: nothing is */
  unknown?: ForegroundRule | null;
}

async function openScene(
  entry: SampleEntry,
  request: SampleRequest,
  roots: readonly string[],
  scene: number,
  scenes: number,
): Promise<Sample> {
  const id = sceneId(entry.id, scene, scenes);
  const opening: Opening = { id, entry, request, roots, scene, scenes };
  const raw = await describe(entry.raw, request.rawChannel, opening);
  const sample: Sample = { id, raw };
  for (const role of ['seg1', 'seg2'] as const) {
    const file = entry[role];
    if (file === undefined) continue;
    const foreground = entry.foreground?.[role] ?? request.foreground?.[role];
    const own = entry.unknown?.[role];
    const unknown = own === undefined ? request.unknown?.[role] : own;
    const seg = await describe(file, request[`${role}Channel`], opening, { segmentation: { foreground, unknown } });
    if (seg.shape[1] !== 1) {
      const names = seg.channels.map(({ index, name }) => `${index} ${name}`);
      throw new InvalidInputError(`${role}Channel`, `one channel of ${file}`, names);
    }
    checkSameExtent(seg.shape, `${role} ${file}`, raw.shape, rawName(opening));
    sample[role] = seg;
  }
  for (const role of ['mergeMask', 'excludeMask'] as const) {
    const file = entry[role];
    if (file !== undefined) sample[role] = await openMask(file, role, raw, opening);
  }
  if (entry.base) sample.base = entry.base;
  if (entry.split) sample.split = entry.split;
  return sample;
}

/** Of more vertices, for which a message is no place, it carries the path of their file. */
const MOST_VERTICES = 15_000;

/** Polygons as they are, or the path of their file where there are very many; a mask image as its description. */
async function openMask(file: string, role: string, raw: ImageDescription, opening: Opening): Promise<unknown> {
  if (isRegionsFile(file)) {
    const real = await resolveInRoots(file, opening.roots);
    const regions = await readRegionsFile(real);
    return verticesOf(regions) > MOST_VERTICES ? real : regions;
  }
  const mask = await describe(file, null, opening, { oneForAll: true, segmentation: {} });
  checkMaskShape(mask.shape, `${role} ${file}`, raw.shape, `raw image of ${opening.id}`);
  return mask;
}

function verticesOf({ polygons }: Regions): number {
  const rings = polygons.flatMap(({ polygon, holes = [] }) => [polygon, ...holes]);
  return rings.reduce((count, ring) => count + ring.length, 0);
}

/**
 * What a file holds of a sample. Of a picture that stands for a segmentation and that no channel was chosen of, which is
 * channel 0 or all, it is the labels.
 * @param options.segmentation what somebody said of it; null for an image that is no segmentation
 */
async function describe(
  file: string,
  channels: ChannelChoice,
  opening: Opening,
  { oneForAll = false, segmentation = null }: { oneForAll?: boolean; segmentation?: Said | null } = {},
): Promise<ImageDescription> {
  const { id, request, roots } = opening;
  const real = await resolveInRoots(file, roots);
  const labels = segmentation !== null && (channels === null || channels === 0);
  // What was uploaded is a file of our own.
  const isUpload = typeof request.raw === 'object' && real === (await resolveInRoots(request.raw.bytesFile, roots));
  const version = isUpload ? undefined : await fileVersion(real);
  const isRaw = file === opening.entry.raw;
  const info = isRaw
    ? await factsOfScene(real, { scene: opening.scene, pages: request.pages, labels })
    : await lookIntoScene(real, opening, { oneForAll, labels });
  // What was drawn on one time point is a file of one, as of one scene; a mask of one holds for all.
  const isOfOne = !isRaw && info.levels[0][0] === 1 && (oneForAll || request.time?.length === 1);
  const time = isOfOne ? null : request.time;
  const image = describeSource(info, real, { id, channels: info.labels ? null : channels, time, version });
  return segmentation ? { ...image, ...meaning(info, segmentation, channels) } : image;
}

/**
 * What somebody said is foreground and unknown, or else what a person should know of how the file is taken: the first of several
 * channels is also what is taken where nobody chose.
 */
function meaning(
  { notes = [], appearance = {}, channels, labels }: SourceInfo,
  { foreground, unknown }: Said,
  chosen: ChannelChoice,
): Partial<ImageDescription> {
  const names = channels.map(({ name }) => name).join(', ');
  const ofSeveral = chosen === 0 && channels.length > 1 && !labels;
  const all = [
    ...notes,
    ...(ofSeveral ? [`has ${channels.length} channels (${names}), of which the first is taken`] : []),
    ...(foreground ? [] : notesOfFile(appearance)),
  ];
  return {
    ...(foreground ? { foreground } : {}),
    ...(unknown ? { unknown } : {}),
    ...(all.length > 0 ? { notes: all } : {}),
  };
}

/**
 * The image of a file that belongs to the scene: its own scene of that number, or its only one.
 * @param options.oneForAll whether one image may stand for all scenes
 * @param options.labels of a picture: as one channel of labels
 */
async function lookIntoScene(
  file: string,
  { entry, request: { pages }, scene, scenes }: Opening,
  { oneForAll, labels }: { oneForAll: boolean; labels: boolean },
): Promise<SourceInfo> {
  const first = await factsOfScene(file, { scene: 0, pages, labels });
  if (first.scenes === scenes) return scene === 0 ? first : factsOfScene(file, { scene, pages, labels });
  if (first.scenes !== 1) {
    throw new InvalidInputError(`scenes of ${file}`, `1, or ${scenes} as ${entry.raw} has`, first.scenes);
  }
  if (oneForAll || isOfScene(entry, file, scene)) return first;
  const places = `as Scene in the node, in a manifest's column scene, or in its name, such as ${sceneId(entry.id, scene, scenes)}`;
  const text = `${file} is one image, ${entry.raw} has ${scenes} scenes: expected the scene that it belongs to, ${places}`;
  throw new SegmenterError('invalid-input', text, { path: file, raw: entry.raw, scenes });
}

function rawName({ entry, scene, scenes }: Opening): string {
  return scenes > 1 ? `raw ${entry.raw}, scene ${scene},` : `raw ${entry.raw}`;
}

/** What a file says of one of its scenes. */
async function factsOfScene(
  file: string,
  { labels = false, ...options }: OpenOptions & { labels?: boolean },
): Promise<SourceInfo> {
  const opened = await openImage(file, options);
  const source = labels ? asLabels(opened) : opened;
  await source.close();
  return source.info;
}
