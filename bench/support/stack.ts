import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createImageWriter, openImage, WRITE_FORMATS, type WriteFormat, type WriteInfo } from '../../src/formats';
import { count, type Shape5, wholeRegion } from '../../src/image/region';
import { takeImage } from '../../src/simulation/microscope';
import { placeNuclei } from '../../src/simulation/nuclei';
import { measure, report } from './measure';

/** The stack that formats are measured with: 33.6 MB of uint16, compressible as a camera's images are. */
export const STACK: Shape5 = [1, 1, 64, 512, 512];
const MEGABYTES = (count(STACK) * 2) / 1e6;

/** Simulated nuclei under a microscope; the same in every run. */
export function stackPixels(): Uint16Array<ArrayBuffer> {
  const [, , depth, height, width] = STACK;
  const nuclei = placeNuclei({
    size: [depth, height, width],
    nuclei: 120,
    radius: [14, 28],
    planeDistance: 2,
    seed: 1,
  });
  return takeImage(nuclei.density, nuclei.shape, {
    blur: [2, 1.2, 1.2],
    photons: 300,
    background: 20,
    unevenness: 0.3,
    gain: 2,
    offset: 100,
    readNoise: 2,
    seed: 1,
  });
}

/** Runs work with a folder that is removed afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-bench-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens an image and reads all its pixels into one array, again and again. */
export async function benchmarkReading(name: string, file: string): Promise<void> {
  const timing = await measure(async () => {
    const source = await openImage(file);
    await source.read(wholeRegion(source.info.levels[0]));
    await source.close();
  });
  report(name, timing, { megabytesPerSecond: speed(timing.seconds), shape: STACK, dtype: 'uint16' });
}

/** Writes the stack plane by plane, again and again. */
export async function benchmarkWriting(
  name: string,
  options: Partial<WriteInfo>,
  format: WriteFormat = 'ome-tiff',
): Promise<void> {
  const pixels = stackPixels();
  await withFolder(async (folder) => {
    const file = path.join(folder, `stack${WRITE_FORMATS[format].endings[0]}`);
    const timing = await measure(() => writeStack(file, pixels, options, format));
    report(name, timing, { megabytesPerSecond: speed(timing.seconds), shape: STACK, dtype: 'uint16' });
  });
}

export async function writeStack(
  file: string,
  pixels: Uint16Array<ArrayBuffer>,
  options: Partial<WriteInfo>,
  format: WriteFormat = 'ome-tiff',
): Promise<void> {
  const info = { shape: STACK, dtype: 'uint16' as const, channels: [{ index: 0, name: 'nuclei' }], pixelSize: null };
  const writer = await createImageWriter(file, { ...info, ...options }, format, { existing: 'replace' });
  const plane = STACK[3] * STACK[4];
  for (let at = 0; at < pixels.length; at += plane) await writer.write(pixels.subarray(at, at + plane));
  await writer.finish();
}

function speed(seconds: number): number {
  return Math.round(MEGABYTES / seconds);
}
