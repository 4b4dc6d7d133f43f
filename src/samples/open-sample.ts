import { InvalidInputError } from '../base/errors';
import { describeSource } from '../formats/describe-image';
import { fileVersion } from '../formats/file-version';
import { openImage } from '../formats/open-image';
import type { SourceInfo } from '../formats/source';
import type { ImageDescription } from '../image/description';
import { checkMaskShape, checkSameExtent } from '../masks/planes';
import type { Regions } from '../masks/regions';
import { resolveInRoots } from '../storage/roots';
import { isRegionsFile, readRegionsFile } from './regions-file';
import type { ChannelChoice, SampleEntry, SampleRequest } from './request';
import type { Sample } from './sample';
import { sceneId } from './sample-id';

/**
 * Opens an entry of a listing: describes its images, reads its polygons, and checks that all fit together.
 * @param roots folders that reading is confined to
 * @returns one sample, or one for each scene of the raw file where the request names none
 * @throws SegmenterError naming the file, or both images and their shapes where they differ
 */
export async function openSample(
  entry: SampleEntry,
  request: SampleRequest,
  roots: readonly string[],
): Promise<Sample[]> {
  const { scenes } = await lookInto(await resolveInRoots(entry.raw, roots), entry.scene ?? 0);
  const wanted = entry.scene === null ? Array.from({ length: scenes }, (_, scene) => scene) : [entry.scene];
  const samples: Sample[] = [];
  for (const scene of wanted) samples.push(await openScene(entry, request, roots, scene, scenes));
  return samples;
}

/** What every file of one sample is opened with. */
interface Opening {
  id: string;
  request: SampleRequest;
  roots: readonly string[];
  scene: number;
  scenes: number;
}

async function openScene(
  entry: SampleEntry,
  request: SampleRequest,
  roots: readonly string[],
  scene: number,
  scenes: number,
): Promise<Sample> {
  const id = sceneId(entry.id, scene, scenes);
  const opening: Opening = { id, request, roots, scene, scenes };
  const raw = await describe(entry.raw, request.rawChannel, opening);
  const sample: Sample = { id, raw };
  for (const role of ['seg1', 'seg2'] as const) {
    const file = entry[role];
    if (file === undefined) continue;
    const seg = await describe(file, request[`${role}Channel`], opening);
    if (seg.shape[1] !== 1) {
      const names = seg.channels.map(({ index, name }) => `${index} ${name}`);
      throw new InvalidInputError(`${role}Channel`, `one channel of ${file}`, names);
    }
    checkSameExtent(seg.shape, `${role} ${file}`, raw.shape, `raw ${entry.raw}`);
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
  const mask = await describe(file, null, opening, { oneTimeForAll: true });
  checkMaskShape(mask.shape, `${role} ${file}`, raw.shape, `raw image of ${opening.id}`);
  return mask;
}

function verticesOf({ polygons }: Regions): number {
  const rings = polygons.flatMap(({ polygon, holes = [] }) => [polygon, ...holes]);
  return rings.reduce((count, ring) => count + ring.length, 0);
}

async function describe(
  file: string,
  channels: ChannelChoice,
  { id, request, roots, scene, scenes }: Opening,
  { oneTimeForAll = false } = {},
): Promise<ImageDescription> {
  const real = await resolveInRoots(file, roots);
  // What was uploaded is a file of our own.
  const isUpload = typeof request.raw === 'object' && real === (await resolveInRoots(request.raw.bytesFile, roots));
  const version = isUpload ? undefined : await fileVersion(real);
  const info = await lookInto(real, scene);
  if (info.scenes !== scenes) {
    throw new InvalidInputError(`scenes of ${file}`, `${scenes}, as the raw image has`, info.scenes);
  }
  const time = oneTimeForAll && info.levels[0][0] === 1 ? null : request.time;
  return describeSource(info, real, { id, channels, time, version });
}

/** What a file says of one of its scenes. */
async function lookInto(file: string, scene: number): Promise<SourceInfo> {
  const source = await openImage(file, { scene });
  await source.close();
  return source.info;
}
