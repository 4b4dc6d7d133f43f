import path from 'node:path';
import { benchmarkReading, stackPixels, withFolder, writeStack } from './support/stack';

/** As it is written by default: NGFF 0.5, chunks of 512 x 512 pixels, gzip level 1. */
void withFolder(async (folder) => {
  const file = process.argv[2] ?? path.join(folder, 'stack.ome.zarr');
  if (process.argv[2] === undefined) await writeStack(file, stackPixels(), {}, 'ome-zarr');
  await benchmarkReading('read-zarr', file);
});
