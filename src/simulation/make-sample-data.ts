import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createImageWriter } from '../formats/image-writer';
import type { PixelSize } from '../image/description';
import { dtypeOf, type PixelArray } from '../image/dtype';
import type { Shape5 } from '../image/region';
import {
  NUCLEI_2D,
  NUCLEI_2D_DIM,
  NUCLEI_2D_TOUCHING,
  NUCLEI_3D,
  type SampleSet,
  simulateCurationSample,
  simulateSample,
} from './sample-sets';

const SETS = [NUCLEI_2D, NUCLEI_2D_DIM, NUCLEI_2D_TOUCHING, NUCLEI_3D];
const WATCHED = ['incoming', 'details'];
const CURATION_IMAGES = 6;
const CURATION_ROLES = ['raw', 'seg1', 'seg2', 'merge_mask', 'exclude_mask'];

/**
 * Writes the sample images of the example flows as OME-TIFF: `<set>/{train,test}/{raw,seg}/*.ome.tiff` and, for
 * curation, `curation/{raw,seg1,seg2,merge_mask,exclude_mask}/*.ome.tiff` with a `manifest.csv`; and empty folders
 * `incoming` and `details` for the examples that watch them. Files that are there already stay as they are.
 */
export async function makeSampleData(folder: string): Promise<void> {
  for (const set of SETS) await writeSet(path.join(folder, set.name), set);
  await writeCuration(path.join(folder, 'curation'));
  for (const each of WATCHED) await mkdir(path.join(folder, each), { recursive: true });
}

async function writeSet(folder: string, set: SampleSet): Promise<void> {
  for (let number = 1; number <= set.images.train + set.images.test; number++) {
    const part = path.join(folder, number <= set.images.train ? 'train' : 'test');
    await writeMissing(part, fileName(number), ['raw', 'seg'], set.pixelSize, () => {
      const { shape, raw, labels } = simulateSample(set, number);
      return { shape, images: [raw, labels] };
    });
  }
}

async function writeCuration(folder: string): Promise<void> {
  const rows = [[...CURATION_ROLES, 'base_image']];
  for (let number = 1; number <= CURATION_IMAGES; number++) {
    const name = fileName(number);
    rows.push([...CURATION_ROLES.map((role) => `${role}/${name}`), 'seg1']);
    await writeMissing(folder, name, CURATION_ROLES, NUCLEI_2D.pixelSize, () => {
      const { shape, raw, seg1, seg2, mergeMask, excludeMask } = simulateCurationSample(number);
      return { shape, images: [raw, seg1, seg2, mergeMask, excludeMask] };
    });
  }
  await writeMissingText(path.join(folder, 'manifest.csv'), rows.map((row) => `${row.join(',')}\n`).join(''));
}

function fileName(number: number): string {
  return `nuclei_${String(number).padStart(2, '0')}.ome.tiff`;
}

/** Writes `<folder>/<role>/<name>` for each role; does not simulate where all are there. */
async function writeMissing(
  folder: string,
  name: string,
  roles: string[],
  pixelSize: PixelSize,
  simulate: () => { shape: Shape5; images: PixelArray[] },
): Promise<void> {
  const files = roles.map((role) => path.join(folder, role, name));
  if (files.every(existsSync)) return;
  const { shape, images } = simulate();
  for (const [i, file] of files.entries()) {
    if (!existsSync(file)) await writeImage(file, images[i], shape, pixelSize);
  }
}

async function writeMissingText(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

async function writeImage(file: string, pixels: PixelArray, shape: Shape5, pixelSize: PixelSize): Promise<void> {
  const channels = [{ index: 0, name: 'nuclei' }];
  const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize, compression: 'deflate' as const };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  try {
    await writer.write(pixels);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** `node make-sample-data.js FOLDER`: writes the sample data of the example flows. */
async function main([folder]: string[]): Promise<void> {
  if (!folder) throw new Error('the folder for the sample data: expected a path as first argument, got none');
  await makeSampleData(path.resolve(folder));
  console.log(`sample data in ${path.resolve(folder)}`);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
