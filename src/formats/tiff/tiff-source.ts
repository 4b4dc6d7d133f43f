import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import type { Channel } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { contains, type Region, type Shape5 } from '../../image/region';
import { allocateBlock } from '../allocate-block';
import { RandomAccessFile } from '../random-access-file';
import type { ImageSource, SourceInfo } from '../source';
import { walkDirectories } from './directory';
import { readHeader } from './header';
import { parseImageJ } from './imagej';
import { sceneLevels } from './levels';
import { omeScenes } from './ome-scenes';
import { isOmeXml } from './ome-xml';
import { type Page, readPage } from './page';
import { imageJScene, plainScenes } from './plain-scenes';
import { type PlaneRequest, readPlanes } from './read-planes';
import type { TiffFileFacts, TiffScene } from './scene';
import { PHOTOMETRIC, TAG } from './tags';

/**
 * Opens a TIFF, BigTIFF, OME-TIFF or ImageJ stack. Values are as stored: palette indices stay indices,
 * "white is zero" is not inverted, 1-bit masks give 0 and 1, half floats give float32.
 * @throws CorruptFileError for a truncated or damaged file (never fewer pages), UnsupportedError naming what is not read
 */
export async function openTiff(path: string, { scene = 0 }: { scene?: number } = {}): Promise<ImageSource> {
  const file = await RandomAccessFile.open(path);
  try {
    const header = readHeader(file);
    const pages: Page[] = [];
    const facts: TiffFileFacts = { path, size: file.size, description: '', resolution: { x: 0, y: 0, unit: 1 } };
    await walkDirectories(file, header, (directory, index) => {
      if (index === 0) {
        facts.description = directory.text(TAG.ImageDescription) ?? '';
        const x = directory.number(TAG.XResolution, 0);
        const y = directory.number(TAG.YResolution, x);
        facts.resolution = { x, y, unit: directory.number(TAG.ResolutionUnit, 2) };
      }
      pages.push(readPage(directory, header.littleEndian, path, file.size));
    });
    const scenes = findScenes(pages, facts);
    const chosen = scenes[scene];
    if (!chosen) {
      throw new InvalidInputError('scene', `an integer from 0 to ${scenes.length - 1} for ${path}`, scene);
    }
    const levels = sceneLevels(file, header, chosen);
    return new TiffSource(file, levels, sourceInfo(chosen, levels, scene, scenes.length));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function findScenes(pages: Page[], facts: TiffFileFacts): TiffScene[] {
  if (isOmeXml(facts.description)) return omeScenes(pages, facts);
  const imageJ = parseImageJ(facts.description);
  return imageJ ? [imageJScene(pages, imageJ, facts)] : plainScenes(pages, facts);
}

function sourceInfo(chosen: TiffScene, levels: Page[][], scene: number, scenes: number): SourceInfo {
  const { sizeT, groups, sizeZ, pages } = chosen;
  return {
    format: chosen.format,
    scenes,
    scene,
    levels: levels.map(([{ samples, height, width }]) => [sizeT, groups * samples, sizeZ, height, width]),
    blocks: levels.map(([{ samples, planar, blockHeight, blockWidth }]) => {
      return [1, planar ? 1 : samples, 1, blockHeight, blockWidth];
    }),
    dtype: pages[0].dtype,
    channels: channelsOf(chosen),
    pixelSize: chosen.pixelSize,
    ...(chosen.scale === undefined ? {} : { scale: chosen.scale }),
  };
}

const COLOURS = ['Red', 'Green', 'Blue'];

/** Names from the file; colour samples get their colour, others their number. */
function channelsOf({ groups, pages, channelNames }: TiffScene): Channel[] {
  const { samples, photometric } = pages[0];
  const colour = samples >= 3 && (photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr);
  return Array.from({ length: groups * samples }, (_, index) => {
    const given = channelNames[index];
    const ending = samples === 1 ? '' : ((colour ? COLOURS[index % samples] : undefined) ?? `${index % samples}`);
    if (given) return { index, name: ending ? `${given} ${ending}` : given };
    return { index, name: colour && groups === 1 && ending ? ending : `Channel ${index}` };
  });
}

class TiffSource implements ImageSource {
  constructor(
    private readonly file: RandomAccessFile,
    private readonly pages: Page[][],
    readonly info: SourceInfo,
  ) {}

  async read(
    region: Region,
    { level = 0, signal }: { level?: number; signal?: AbortSignal } = {},
  ): Promise<PixelArray> {
    throwIfCancelled(signal, 'reading');
    const shape = this.info.levels[level];
    if (!shape) throw new InvalidInputError('level', `an integer below ${this.info.levels.length}`, level);
    if (!contains(shape, region)) {
      throw new InvalidInputError('region', `a block inside [${shape}] of ${this.file.path}`, region);
    }
    const pixels = allocateBlock(this.info.dtype, region.size, this.file.path);
    const [, , , y, x] = region.start;
    const [, , , height, width] = region.size;
    await readPlanes(this.file, this.requests(level, shape, region), { y, x, height, width }, pixels, signal);
    return pixels;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** The pages that a block touches; the samples of one page are asked for together. */
  private *requests(level: number, [, sizeC, sizeZ]: Shape5, { start, size }: Region): Generator<PlaneRequest> {
    const pages = this.pages[level];
    const perPage = pages[0].samples;
    const groups = sizeC / perPage;
    const planePixels = size[3] * size[4];
    const [t0, c0, z0] = start;
    const [nt, nc, nz] = size;
    for (let t = 0; t < nt; t++) {
      for (let group = Math.floor(c0 / perPage); group * perPage < c0 + nc; group++) {
        const first = Math.max(c0, group * perPage);
        const last = Math.min(c0 + nc, (group + 1) * perPage);
        for (let z = 0; z < nz; z++) {
          const samples: PlaneRequest['samples'] = [];
          for (let c = first; c < last; c++) {
            samples.push({ sample: c - group * perPage, at: ((t * nc + c - c0) * nz + z) * planePixels });
          }
          yield { page: pages[((t0 + t) * groups + group) * sizeZ + z0 + z], samples };
        }
      }
    }
  }
}
