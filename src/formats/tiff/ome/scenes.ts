import path from 'node:path';
import { CorruptFileError, UnsupportedError } from '../../../base/errors';
import { mapConcurrently } from '../../../base/long-work';
import type { TiffDocument } from '../document';
import type { Page } from '../page';
import { blankPage, describePage, type SceneList, samePlane, type TiffScene } from '../scene';
import type { SiblingFiles } from '../sibling-files';
import { type OmeImage, type OmeMetadata, type OmeTiffData, parseOmeXml } from './xml';

/** Planes of one image; a short text can claim any number. */
const MOST_PLANES = 2 ** 20;
/** How often elements may list the same planes; every one may list all. */
const LISTED_AGAIN = 16;
/** Files that one image may be spread over, and those that are read at a time. */
const MOST_FILES = 4096;
const AT_ONCE = 16;
/** Characters of a wrong one in a message. */
const LONGEST_UUID = 100;

/**
 * Reads the images of an OME-TIFF that have planes in this file; other planes of theirs may lie in other files of the
 * folder.
 * @throws CorruptFileError where a plane is missing or does not fit; SegmenterError `not-found` where a file of the set
 *   is missing
 */
export async function omeScenes(document: TiffDocument, siblings: SiblingFiles): Promise<SceneList> {
  const { path: file } = document.tiff.file;
  const stub = parseOmeXml(document.description, file);
  const ome = stub.metadataFile === null ? stub : await linkedMetadata(stub.metadataFile, siblings, file);
  const { tiff, pages } = document;
  const set = new FileSet({ tiff, pages }, siblings, stub.uuid, ome);
  let next = 0;
  const here = ome.images
    .map((image, index) => {
      // Images without TiffData lie one after the other.
      const place = { image, name: `OME image ${index}`, next };
      next += image.sizeT * image.sizeC * image.sizeZ;
      return place;
    })
    .filter(({ image }) => image.tiffData.length === 0 || image.tiffData.some((data) => set.isHere(data)));
  if (here.length === 0) throw new UnsupportedError(file, 'its OME-XML names no image in this file');
  return {
    count: here.length,
    read: (index) => readScene(here[index].image, here[index].name, here[index].next, set),
  };
}

async function linkedMetadata(name: string, siblings: SiblingFiles, file: string): Promise<OmeMetadata> {
  const ome = parseOmeXml(await siblings.metadata(name), `${file} (metadata in ${name})`);
  if (ome.metadataFile !== null) throw new CorruptFileError(file, `its metadata file ${name} names another one`);
  return ome;
}

async function readScene(image: OmeImage, name: string, next: number, set: FileSet): Promise<TiffScene> {
  const corrupt = (what: string) => new CorruptFileError(set.path, `${name} ${what}`);
  if (new Set(image.tiffData.map(({ uuid, fileName }) => fileName ?? uuid)).size > MOST_FILES) {
    throw new UnsupportedError(set.path, `${name} is spread over more than ${MOST_FILES} files`);
  }
  const documents = await mapConcurrently(image.tiffData, AT_ONCE, (data) => set.documentOf(data));
  const [data] = image.tiffData;
  const { pages: own } = set.main;
  const first = (data ? documents[0].pages[data.ifd ?? 0] : own[next]) ?? (documents[0]?.pages ?? own)[0];
  const groups = image.sizeC / first.samples;
  if (!Number.isInteger(groups)) {
    throw corrupt(`states ${image.sizeC} channels, but its pages have ${first.samples} samples`);
  }
  const { sizeT, sizeZ, sizeX, sizeY } = image;
  const total = sizeT * groups * sizeZ;
  const sizes = `${total} planes (T ${sizeT}, C ${image.sizeC}, Z ${sizeZ})`;
  if (total > MOST_PLANES)
    throw new UnsupportedError(set.path, `${name} states ${sizes}; at most ${MOST_PLANES} are read`);
  const listed = image.tiffData.reduce((sum, each) => sum + Math.min(total, planeCount(each, total)), 0);
  if (listed > LISTED_AGAIN * total + image.tiffData.length) {
    throw corrupt(`states ${sizes}, but its ${image.tiffData.length} TiffData elements list ${listed}`);
  }
  const { directory, element } = placePlanes(image, groups, first.samples, next, ({ firstT, firstC, firstZ }) => {
    throw corrupt(`lists a plane outside its size: T ${firstT}, C ${firstC}, Z ${firstZ}`);
  });
  // A plane that no element lists was not taken: it is blank, as OME allows. But a page that no element lists either
  // may well be that plane, and then nobody knows.
  if (directory.includes(-1) && set.unlistedPages.length > 0) {
    throw corrupt(`states ${sizes}, its TiffData list fewer, and the file has pages that none lists`);
  }
  const blank = blankPage(first);
  const pages = Array.from(directory, (index, at) => {
    if (index < 0) return blank;
    const document = documents[element[at]] ?? set.main;
    const page = document.pages[index];
    const plane = `plane t=${Math.floor(at / sizeZ / groups)} c=${Math.floor(at / sizeZ) % groups} z=${at % sizeZ}`;
    if (!page) {
      const where = document === set.main ? 'the file' : path.basename(document.tiff.file.path);
      throw corrupt(
        `states ${sizes}; ${plane} is in directory ${index}, but ${where} has ${document.pages.length}: truncated?`,
      );
    }
    if (page.width !== sizeX || page.height !== sizeY) {
      throw corrupt(`states ${sizeY} x ${sizeX} pixels, but ${plane} is ${describePage(page)}`);
    }
    if (!samePlane(page, first)) throw corrupt(`mixes planes of ${describePage(first)} and ${describePage(page)}`);
    return page;
  });
  const channelNames: Array<string | null> = [];
  for (const { name: given, samples } of image.channels) {
    const more = Math.min(samples, image.sizeC - channelNames.length);
    for (let i = 0; i < more; i++) channelNames.push(given);
  }
  const { pixelSize, scale, acquisition } = image;
  const more = set.unlistedPages.filter((page) => !page.reduced && !page.transparency && samePlane(page, first)).length;
  const left = `pages like its planes of which its OME-XML says nothing, which are left out: ${more}`;
  const notes = [...(image.notes ?? []), ...(more > 0 ? [left] : [])];
  return {
    format: 'ome-tiff',
    sizeT,
    groups,
    sizeZ,
    pages,
    channelNames,
    pixelSize,
    notes,
    ...(scale === undefined ? {} : { scale }),
    ...(acquisition === undefined ? {} : { acquisition }),
  };
}

/** The files that OME metadata speak of: the one that was opened and its siblings. */
class FileSet {
  readonly path: string;
  private readonly single: boolean;
  /** file names by UUID, for elements that give only that */
  private readonly names = new Map<string, string>();
  private unlisted: Page[] | null = null;

  constructor(
    readonly main: Pick<TiffDocument, 'tiff' | 'pages'>,
    private readonly siblings: SiblingFiles,
    private readonly uuid: string | null,
    private readonly ome: OmeMetadata,
  ) {
    this.path = main.tiff.file.path;
    const all = ome.images.flatMap((image) => image.tiffData);
    this.single = new Set(all.map((data) => data.uuid ?? data.fileName)).size <= 1;
    for (const { uuid: id, fileName } of all) if (id !== null && fileName !== null) this.names.set(id, fileName);
  }

  /** A file that was renamed still knows its UUID. */
  isHere({ uuid, fileName }: OmeTiffData): boolean {
    if (this.single || (uuid === null && fileName === null)) return true;
    if (uuid !== null && this.uuid !== null) return uuid === this.uuid;
    return fileName !== null && path.resolve(path.dirname(this.path), fileName.replaceAll('\\', '/')) === this.path;
  }

  /** @throws CorruptFileError where the file of that name is not the one that is meant */
  async documentOf(data: OmeTiffData): Promise<Pick<TiffDocument, 'tiff' | 'pages'>> {
    if (this.isHere(data)) return this.main;
    const name = data.fileName ?? this.names.get(data.uuid ?? '');
    if (name === undefined)
      throw new UnsupportedError(this.path, `lies in several files, and ${data.uuid} has no name`);
    const document = await this.siblings.document(name);
    if (document.uuid !== null && data.uuid !== null && document.uuid !== data.uuid) {
      const found = `other UUID ${document.uuid.slice(0, LONGEST_UUID)}`;
      throw new CorruptFileError(this.path, `${name} is not the part of its set that it names: ${found}`);
    }
    return document;
  }

  /** Pages of the opened file that no image lists. */
  get unlistedPages(): readonly Page[] {
    this.unlisted ??= this.findUnlistedPages();
    return this.unlisted;
  }

  private findUnlistedPages(): Page[] {
    const { length } = this.main.pages;
    /** how many lists begin less how many end at a page */
    const edges = new Int32Array(length + 1);
    const list = (from: number, count: number) => {
      edges[Math.min(length, from)]++;
      edges[Math.min(length, from + count)]--;
    };
    let next = 0;
    for (const { tiffData, sizeT, sizeC, sizeZ } of this.ome.images) {
      const planes = sizeT * sizeC * sizeZ;
      if (tiffData.length === 0) list(next, planes);
      next += planes;
      for (const data of tiffData) if (this.isHere(data)) list(data.ifd ?? 0, planeCount(data, planes));
    }
    let lists = 0;
    return this.main.pages.filter((_, page) => {
      lists += edges[page];
      return lists === 0;
    });
  }
}

/** Where the planes of an OME image are; planes are counted [t, group, z], z fastest. */
interface PlanePlaces {
  /** the directory of each plane, -1 where none is listed */
  directory: Int32Array;
  /** the TiffData element that lists it, -1 where none does */
  element: Int32Array;
}

/**
 * Which plane lies in which directory, from DimensionOrder and TiffData (OME-TIFF specification, "The TiffData element").
 * @param groups directories per t and z; each holds `samples` channels
 * @param next the first directory of an image without TiffData
 * @param outside throws for a TiffData element that begins outside the image
 */
function placePlanes(
  image: OmeImage,
  groups: number,
  samples: number,
  next: number,
  outside: (data: OmeTiffData) => never,
): PlanePlaces {
  const sizes: Record<string, number> = { Z: image.sizeZ, C: groups, T: image.sizeT };
  const [a, b, c] = image.planeOrder;
  const total = groups * image.sizeZ * image.sizeT;
  const directory = new Int32Array(total).fill(-1);
  const element = new Int32Array(total).fill(-1);
  const place = (serial: number, ifd: number, data: number): void => {
    const at: Record<string, number> = {
      [a]: serial % sizes[a],
      [b]: Math.floor(serial / sizes[a]) % sizes[b],
      [c]: Math.floor(serial / (sizes[a] * sizes[b])),
    };
    const plane = (at.T * groups + at.C) * image.sizeZ + at.Z;
    directory[plane] = ifd;
    element[plane] = data;
  };
  if (image.tiffData.length === 0) for (let i = 0; i < total; i++) place(i, next + i, -1);

  // FirstC counts channels, or the samples of all channels with some writers: then it exceeds the channel count.
  const countsSamples = image.tiffData.some(({ firstC }) => firstC >= groups) ? samples : 1;
  for (const [index, data] of image.tiffData.entries()) {
    const first: Record<string, number> = {
      Z: data.firstZ,
      C: Math.floor(data.firstC / countsSamples),
      T: data.firstT,
    };
    if (first.Z >= sizes.Z || first.C >= sizes.C || first.T >= sizes.T) outside(data);
    const start = first[a] + sizes[a] * (first[b] + sizes[b] * first[c]);
    const count = Math.min(planeCount(data, total), total - start);
    for (let i = 0; i < count; i++) place(start + i, (data.ifd ?? 0) + i, index);
  }
  return { directory, element };
}

/** How many directories an element lists: with IFD one, without all planes, unless it says so. */
function planeCount({ planeCount, ifd }: OmeTiffData, planes: number): number {
  return planeCount ?? (ifd === null ? planes : 1);
}
