import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Region, Shape5 } from '../../../src/image/region';
import { buildCzi } from '../czi/czi-builder';
import { useTempFolder } from '../temp-folder';
import { buildTiff } from '../tiff/tiff-builder';
import { writeGroup, writeJson } from '../zarr/hand-made';

const SIDE = 2 ** 14;
/** Blocks of 256 MiB (of 512 in Zarr), stored in some kilobytes: all at once would take 2 to 4 GiB. */
const BLOCKS = 8;
const MOST_BYTES = 1500 * 2 ** 20;

describe('blocks of half a gigabyte in some kilobytes', function () {
  this.timeout(180_000);
  const folder = useTempFolder();

  it('of a TIFF are decoded as memory allows', async () => {
    const tile = deflateSync(Buffer.alloc(SIDE * SIDE), { level: 9 });
    const one = (value: number) => ({ type: 4, values: [value] });
    const tiff = buildTiff([
      {
        tiled: true,
        blocks: new Array<Uint8Array>(BLOCKS).fill(tile),
        fields: {
          256: one(4 * SIDE),
          257: one(2 * SIDE),
          258: one(8),
          259: one(8),
          262: one(1),
          322: one(SIDE),
          323: one(SIDE),
        },
      },
    ]);
    await staysSmall(folder.write('bomb.tif', tiff), { start: [0, 0, 0, SIDE - 1, 0], size: [1, 1, 1, 2, 4 * SIDE] });
  });

  it('of a CZI file are decoded as memory allows', async () => {
    const payload = zerosInZstd(SIDE * SIDE);
    const blocks = Array.from({ length: BLOCKS }, (_, c) => {
      return { pixelType: 0, compression: 5, width: SIDE, height: SIDE, at: { C: c }, payload };
    });
    await staysSmall(folder.write('bomb.czi', buildCzi(blocks)), inEach([1, BLOCKS, 1, 1, 1]));
  });

  for (const [name, chunk] of [
    ['gzip', () => gzipSync(Buffer.alloc(2 * SIDE * SIDE), { level: 9 })],
    ['zstd', () => zerosInZstd(SIDE * SIDE)],
  ] as const) {
    it(`of a Zarr image in ${name} are decoded as memory allows`, async () => {
      const image = folder.file(`${name}.ome.zarr`);
      const bytes = chunk();
      const dtype = name === 'gzip' ? 'uint16' : 'uint8';
      const axes = ['z', 'y', 'x'].map((axis) => ({ name: axis, type: 'space' }));
      const datasets = [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: [1, 1, 1] }] }];
      writeGroup(image, 3, { ome: { version: '0.5', multiscales: [{ axes, datasets }] } });
      writeJson(path.join(image, '0', 'zarr.json'), {
        zarr_format: 3,
        node_type: 'array',
        shape: [BLOCKS, SIDE, SIDE],
        data_type: dtype,
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, SIDE, SIDE] } },
        chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
        fill_value: 0,
        codecs: [
          { name: 'bytes', configuration: { endian: 'little' } },
          { name, configuration: {} },
        ],
      });
      for (let z = 0; z < BLOCKS; z++) {
        mkdirSync(path.join(image, '0', 'c', `${z}`, '0'), { recursive: true });
        writeFileSync(path.join(image, '0', 'c', `${z}`, '0', '0'), bytes);
      }
      await staysSmall(image, inEach([1, 1, BLOCKS, 1, 1]));
    });
  }
});

function inEach(size: Shape5): Region {
  return { start: [0, 0, 0, 5, 5], size };
}

async function staysSmall(file: string, region: Region): Promise<void> {
  const child = fork(path.join(__dirname, 'bomb-child.js'), [file, JSON.stringify(region)], { execArgv: [] });
  const answer = await new Promise<{ pixels: number; peakBytes: number } | null>((resolve) => {
    child.once('message', (message: { pixels: number; peakBytes: number }) => resolve(message));
    child.once('exit', () => resolve(null));
  });
  assert.ok(answer, 'the child ended before its answer');
  assert.equal(
    answer.pixels,
    region.size.reduce((product, n) => product * n),
  );
  assert.ok(answer.peakBytes < MOST_BYTES, `the process took ${Math.round(answer.peakBytes / 2 ** 20)} MB`);
}

/** Zeros as Zstandard's runs (RFC 8878, 3.1.1.2): four bytes for 128 KiB. */
function zerosInZstd(bytes: number): Buffer {
  const run = 128 * 1024;
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  frame.writeUInt32LE(bytes, 5);
  const runs = Array.from({ length: bytes / run }, (_, i) => {
    const block = Buffer.alloc(4);
    block.writeUIntLE((run << 3) | 2 | (i === bytes / run - 1 ? 1 : 0), 0, 3);
    return block;
  });
  return Buffer.concat([frame, ...runs]);
}
