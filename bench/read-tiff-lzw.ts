import path from 'node:path';
import sharp from 'sharp';
import { benchmarkReading, STACK, stackPixels, withFolder } from './support/stack';

/** libtiff compresses, for the project writes no LZW. */
void withFolder(async (folder) => {
  const file = process.argv[2] ?? path.join(folder, 'stack.tiff');
  if (process.argv[2] === undefined) {
    const [, , depth, height, width] = STACK;
    await sharp(stackPixels(), { raw: { width, height: height * depth, channels: 1, pageHeight: height } })
      .toColourspace('grey16')
      .tiff({ compression: 'lzw', predictor: 'none' })
      .toFile(file);
  }
  await benchmarkReading('read-tiff-lzw', file);
});
