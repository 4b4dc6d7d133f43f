import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { wholeHash } from '../src/provenance/content-hash';
import { report } from './support/measure';

/** Bytes of a file, and how many of them are read in a row. */
const FILES = [
  { bytes: 512 * 512 * 2, count: 200 },
  { bytes: 32 * 2 ** 20, count: 8 },
  { bytes: 256 * 2 ** 20, count: 1 },
];

/**
 * What it costs to know a result again: seconds a file, and seconds of a processor, to hash all its bytes. A file of 512 x 512
 * uint16 pixels is the first. `npm run -s bench -- hashing`.
 */
async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-hashing-'));
  try {
    for (const { bytes, count } of FILES) {
      const file = path.join(folder, 'image');
      writeFileSync(file, Buffer.alloc(bytes, 'a picture of some cells'));
      await wholeHash(file);
      const [begin, used] = [performance.now(), process.cpuUsage()];
      for (let i = 0; i < count; i++) await wholeHash(file);
      const seconds = (performance.now() - begin) / 1000 / count;
      const { user, system } = process.cpuUsage(used);
      const processorSeconds = (user + system) / 1e6 / count;
      const rate = (per: number) => Math.round(bytes / 1e6 / per);
      report(
        'hashing',
        { seconds },
        {
          bytes,
          processorSeconds: Number(processorSeconds.toPrecision(3)),
          MBperSecond: rate(seconds),
          MBperProcessorSecond: rate(processorSeconds),
        },
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
