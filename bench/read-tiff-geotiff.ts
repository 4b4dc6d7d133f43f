import path from 'node:path';
import { fromFile } from 'geotiff';
import { measure, report } from './support/measure';
import { benchmarkReading, STACK, stackPixels, withFolder, writeStack } from './support/stack';

/** The same stack, in Deflate, read by the project and by geotiff: what reading TIFF by ourselves is worth. */
void withFolder(async (folder) => {
  const file = path.join(folder, 'stack.ome.tiff');
  await writeStack(file, stackPixels(), { compression: 'deflate' });
  await benchmarkReading('read-tiff-geotiff, the project', file);
  const timing = await measure(async () => {
    const tiff = await fromFile(file);
    const planes = await tiff.getImageCount();
    for (let plane = 0; plane < planes; plane++) await (await tiff.getImage(plane)).readRasters({ interleave: true });
    await tiff.close();
  });
  const [, , depth, height, width] = STACK;
  const megabytes = (depth * height * width * 2) / 1e6;
  report('read-tiff-geotiff, geotiff', timing, { megabytesPerSecond: megabytes / timing.seconds });
});
