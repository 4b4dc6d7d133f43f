import path from 'node:path';
import { benchmarkReading, stackPixels, withFolder, writeStack } from './support/stack';

void withFolder(async (folder) => {
  const file = process.argv[2] ?? path.join(folder, 'stack.ome.tiff');
  if (process.argv[2] === undefined) await writeStack(file, stackPixels(), { compression: 'deflate' });
  await benchmarkReading('read-tiff-deflate', file);
});
