import path from 'node:path';
import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { type OmeImage, type OmeMetadata, parseOmeXml } from './ome-xml';
import type { Page } from './page';
import { describePage, samePlane, type TiffFileFacts, type TiffScene } from './scene';

/**
 * The images of an OME-TIFF: which page is which plane follows from DimensionOrder and TiffData
 * (OME-TIFF specification, "The TiffData element").
 * @param pages all directories of the file's chain
 * @throws CorruptFileError where a plane is missing or does not fit; UnsupportedError where planes lie in other files
 */
export function omeScenes(pages: Page[], facts: TiffFileFacts): TiffScene[] {
  const ome = parseOmeXml(facts.description, facts.path);
  if (ome.metadataFile !== null) {
    throw new UnsupportedError(
      facts.path,
      `is one part of an OME-TIFF of several files; its metadata are in ${ome.metadataFile}`,
    );
  }
  const isHere = ownFile(ome, facts.path);
  const scenes: TiffScene[] = [];
  let next = 0;
  for (const [index, image] of ome.images.entries()) {
    const name = `OME image ${index}`;
    const here = image.tiffData.filter(isHere);
    // Sets of files list the images of all their files in each.
    if (here.length === 0 && image.tiffData.length > 0) continue;
    if (here.length < image.tiffData.length) {
      throw new UnsupportedError(facts.path, `${name} is spread over several files, which is not supported yet`);
    }
    scenes.push(readScene(image, name, pages, next, facts.path));
    next += image.sizeT * image.sizeC * image.sizeZ;
  }
  if (scenes.length === 0) throw new UnsupportedError(facts.path, 'its OME-XML names no image in this file');
  return scenes;
}

function readScene(image: OmeImage, name: string, pages: Page[], next: number, file: string): TiffScene {
  const corrupt = (what: string) => new CorruptFileError(file, `${name} ${what}`);
  const first = pages[image.tiffData[0]?.ifd ?? (image.tiffData.length === 0 ? next : 0)] ?? pages[0];
  const groups = image.sizeC / first.samples;
  if (!Number.isInteger(groups)) {
    throw corrupt(`states ${image.sizeC} channels, but its pages have ${first.samples} samples`);
  }
  const { sizeT, sizeZ, sizeX, sizeY } = image;
  const total = sizeT * groups * sizeZ;
  if (total > pages.length) {
    throw corrupt(
      `states ${total} planes (T ${sizeT}, C ${image.sizeC}, Z ${sizeZ}), but the file has ${pages.length}: truncated?`,
    );
  }
  const indices = planeIndices(image, groups, first.samples, next, corrupt);
  const planes = Array.from(indices, (index, at) => {
    const page = pages[index];
    const z = at % sizeZ;
    const plane = `plane t=${Math.floor(at / sizeZ / groups)} c=${Math.floor(at / sizeZ) % groups} z=${z}`;
    if (!page) throw corrupt(`has no directory for ${plane}: ${index < 0 ? 'not listed' : `${index} does not exist`}`);
    if (page.width !== sizeX || page.height !== sizeY) {
      throw corrupt(`states ${sizeY} x ${sizeX} pixels, but ${plane} is ${describePage(page)}`);
    }
    if (!samePlane(page, first)) throw corrupt(`mixes planes of ${describePage(first)} and ${describePage(page)}`);
    return page;
  });
  const channelNames = image.channels.flatMap((channel) =>
    new Array<string | null>(channel.samples).fill(channel.name),
  );
  return {
    format: 'ome-tiff',
    sizeT,
    groups,
    sizeZ,
    pages: planes,
    channelNames: channelNames.slice(0, image.sizeC),
    pixelSize: image.pixelSize,
    ...(image.scale === undefined ? {} : { scale: image.scale }),
  };
}

/** The directory of each plane, [t, group, z] with z fastest; -1 where none is listed. */
function planeIndices(
  image: OmeImage,
  groups: number,
  samples: number,
  next: number,
  corrupt: (what: string) => CorruptFileError,
): Int32Array {
  const sizes: Record<string, number> = { Z: image.sizeZ, C: groups, T: image.sizeT };
  const [a, b, c] = image.planeOrder;
  const total = groups * image.sizeZ * image.sizeT;
  const indices = new Int32Array(total).fill(-1);
  const place = (serial: number, ifd: number): void => {
    const at: Record<string, number> = {
      [a]: serial % sizes[a],
      [b]: Math.floor(serial / sizes[a]) % sizes[b],
      [c]: Math.floor(serial / (sizes[a] * sizes[b])),
    };
    indices[(at.T * groups + at.C) * image.sizeZ + at.Z] = ifd;
  };
  if (image.tiffData.length === 0) for (let i = 0; i < total; i++) place(i, next + i);

  // FirstC counts channels, or the samples of all channels with some writers: then it exceeds the channel count.
  const countsSamples = image.tiffData.some(({ firstC }) => firstC >= groups) ? samples : 1;
  for (const data of image.tiffData) {
    const first: Record<string, number> = {
      Z: data.firstZ,
      C: Math.floor(data.firstC / countsSamples),
      T: data.firstT,
    };
    if (first.Z >= sizes.Z || first.C >= sizes.C || first.T >= sizes.T) {
      throw corrupt(`lists a plane outside its size: T ${data.firstT}, C ${data.firstC}, Z ${data.firstZ}`);
    }
    const start = first[a] + sizes[a] * (first[b] + sizes[b] * first[c]);
    const count = data.planeCount ?? (data.ifd === null ? total : 1);
    for (let i = 0; i < Math.min(count, total - start); i++) place(start + i, (data.ifd ?? 0) + i);
  }
  return indices;
}

/** Which TiffData elements speak of this file: a renamed file still knows its UUID. */
function ownFile(ome: OmeMetadata, file: string): (data: { uuid: string | null; fileName: string | null }) => boolean {
  const uuids = new Set(ome.images.flatMap((image) => image.tiffData.map((data) => data.uuid)));
  if (uuids.size <= 1) return () => true;
  const name = path.basename(file);
  return ({ uuid, fileName }) => uuid === null || (ome.uuid === null ? fileName === name : uuid === ome.uuid);
}
