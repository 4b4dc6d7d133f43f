import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createImageWriter, describeImage, readAll, type WriteFormat } from '../../../src/formats';
import type { ImageDescription, PixelSize } from '../../../src/image/description';
import { dtypeOf, type PixelArray } from '../../../src/image/dtype';
import type { Shape5 } from '../../../src/image/region';
import type { HostSettings } from '../../../src/jobs/job-types';
import type { JobContext, WorkerJobName, WorkerProgress } from '../../../src/jobs/protocol';

/** A temporary folder with everything a job needs: allowed root, models, scratch store, images. */
export class Workbench {
  readonly settings: HostSettings;
  readonly data: string;

  private constructor(readonly folder: string) {
    this.data = path.join(folder, 'data');
    this.settings = {
      roots: [this.data],
      modelsFolder: path.join(folder, 'models'),
      scratchFolder: path.join(folder, 'cache'),
      scratchQuotaMB: 50,
    };
  }

  static async open(): Promise<Workbench> {
    return new Workbench(await mkdtemp(path.join(os.tmpdir(), 'segmenter-jobs-')));
  }

  async close(): Promise<void> {
    // The scratch store may still be counting its files.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Writes an image below the allowed root and describes it. @param name without folder; its stem is the id */
  async image(
    name: string,
    shape: Shape5,
    pixels: PixelArray,
    {
      pixelSize = null,
      scale,
      folder = this.data,
    }: { pixelSize?: PixelSize | null; scale?: number; folder?: string } = {},
  ): Promise<ImageDescription> {
    const file = path.join(folder, name);
    const format: WriteFormat = name.endsWith('.png') ? 'png' : name.endsWith('.ome.tiff') ? 'ome-tiff' : 'tiff';
    const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `c${index}` }));
    const writer = await createImageWriter(file, { shape, dtype: dtypeOf(pixels), channels, pixelSize, scale }, format);
    await writer.write(pixels);
    await writer.finish();
    const description = await describeImage(file, { id: name.replace(/\..*$/, '') });
    return scale === undefined ? description : { ...description, scale };
  }

  /** What a job is given when it runs in this process. */
  context<K extends WorkerJobName>(
    signal = new AbortController().signal,
  ): JobContext<K> & { seen: WorkerProgress<K>[] } {
    const seen: WorkerProgress<K>[] = [];
    const { settings } = this;
    return { settings, signal, stop: new AbortController().signal, progress: (p) => seen.push(p), seen };
  }
}

/** The pixels of an image as a plain list. */
export async function pixelsOf(image: ImageDescription): Promise<number[]> {
  return Array.from((await readAll(image)).data);
}
