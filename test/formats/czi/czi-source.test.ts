import assert from 'node:assert/strict';
import { openImage } from '../../../src/formats';
import { bytesOf } from '../../../src/image/dtype';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type BuildBlock, type BuildOptions, buildCzi, splitBytes, storedZstd } from './czi-builder';

const GRAY8 = 0;
const GRAY16 = 1;
const BGR24 = 3;

/** A block of one value. */
function flat(value: number, block: Partial<BuildBlock> & { width: number; height: number }): BuildBlock {
  const { storedWidth = block.width, storedHeight = block.height } = block;
  return { pixelType: GRAY8, payload: new Uint8Array(storedWidth * storedHeight).fill(value), ...block };
}

describe('reading CZI', () => {
  const folder = useTempFolder();
  const open = (blocks: BuildBlock[], options: BuildOptions = {}, scene = 0) =>
    openImage(folder.write('built.czi', buildCzi(blocks, options)), { scene });

  async function readAll(
    blocks: BuildBlock[],
    level = 0,
  ): Promise<{ shape: Shape5; pixels: number[]; notes: string[] }> {
    const source = await open(blocks);
    const shape = source.info.levels[level];
    const pixels = [...(await source.read(wholeRegion(shape), { level }))];
    await source.close();
    return { shape, pixels, notes: source.info.notes ?? [] };
  }

  it('a tile with a higher number covers others wherever it stands in the directory; without numbers the last does', async () => {
    const tiles = (numbers: Array<number | null>) =>
      numbers.map((m, i) => flat(i + 1, { x: 2 * i - 7, y: 5, width: 4, height: 1, at: m === null ? {} : { M: m } }));
    assert.deepEqual((await readAll(tiles([0, 1, 2]))).pixels, [1, 1, 2, 2, 3, 3, 3, 3]);
    assert.deepEqual((await readAll(tiles([2, 1, 0]))).pixels, [1, 1, 1, 1, 2, 2, 3, 3]);
    assert.deepEqual((await readAll(tiles([null, null, null]))).pixels, [1, 1, 2, 2, 3, 3, 3, 3]);
  });

  it('a scene’s place on the stage is of its middle where the file states that, else of that of the tile that states its own', async () => {
    const tile =
      '<METADATA><Tags><StageXPosition>7</StageXPosition><StageYPosition>-8</StageYPosition></Tags></METADATA>';
    const blocks = [0, 1].map((i) =>
      flat(1, { x: 90 + 4 * i, y: 50, width: 6, height: 4, at: { M: i }, metadata: tile }),
    );
    const stageOf = async (metadata?: string) => {
      const source = await open(blocks, { metadata });
      await source.close();
      const { stage, stageAt } = source.info.acquisition ?? {};
      return [stage?.y, stage?.x, stageAt];
    };
    assert.deepEqual(await stageOf(), [-8, 7, { y: 1.5, x: 2.5 }]);
    const scene = '<Scene Index="0" Name="P1"><CenterPosition>1200.5,-300</CenterPosition></Scene>';
    const dimensions = `<Dimensions><S><Scenes>${scene}</Scenes></S></Dimensions>`;
    const xml = `<ImageDocument><Metadata><Information><Image>${dimensions}</Image></Information></Metadata></ImageDocument>`;
    assert.deepEqual(await stageOf(xml), [-300, 1200.5, { y: 1.5, x: 4.5 }]);
  });

  it('windows of plain and packed blocks are the same', async () => {
    const words = pattern('uint16', 30 * 20, 3) as Uint16Array<ArrayBuffer>;
    const header = (...bytes: number[]) => Buffer.from(bytes);
    const stored: Array<[number, Uint8Array]> = [
      [0, bytesOf(words)],
      [5, storedZstd(bytesOf(words))],
      [6, Buffer.concat([header(1), storedZstd(bytesOf(words))])],
      [6, Buffer.concat([header(3, 1, 1), storedZstd(splitBytes(words))])],
    ];
    for (const [compression, payload] of stored) {
      const source = await open([{ pixelType: GRAY16, compression, width: 30, height: 20, payload }]);
      const window = await source.read({ start: [0, 0, 0, 7, 11], size: [1, 1, 1, 5, 13] });
      await source.close();
      const expected = Array.from({ length: 65 }, (_, i) => words[(7 + Math.floor(i / 13)) * 30 + 11 + (i % 13)]);
      assert.deepEqual([...window], expected, `compression ${compression}`);
    }
  });

  it('one channel may be coloured and another grey', async () => {
    const colour = { pixelType: BGR24, width: 2, height: 1, at: { C: 0 }, payload: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const source = await open([colour, flat(9, { width: 2, height: 1, at: { C: 1 } })]);
    const pixels = await source.read(wholeRegion(source.info.levels[0]));
    const green = await source.read({ start: [0, 1, 0, 0, 0], size: [1, 1, 1, 1, 2] });
    await source.close();
    const names = source.info.channels.map(({ name }) => name);
    assert.deepEqual(names, ['Channel 0 Red', 'Channel 0 Green', 'Channel 0 Blue', 'Channel 1']);
    assert.deepEqual([...pixels], [3, 6, 2, 5, 1, 4, 9, 9]);
    assert.deepEqual([...green], [2, 5]);
  });

  it('a level counts where it covers all that the full image covers', async () => {
    const full = [0, 8].map((x) => flat(7, { x, width: 8, height: 6 }));
    const half = (x: number) => flat(8, { x, width: 8, height: 6, storedWidth: 4, storedHeight: 3 });
    const quarter = flat(9, { width: 16, height: 6, storedWidth: 4, storedHeight: 2 });
    const source = await open([...full, half(0), half(8), quarter]);
    await source.close();
    assert.deepEqual(source.info.levels, [
      [1, 1, 1, 6, 16],
      [1, 1, 1, 3, 8],
      [1, 1, 1, 2, 4],
    ]);
    assert.deepEqual(source.info.blocks[0], [1, 1, 1, 6, 8]);
    assert.deepEqual((await readAll([...full, half(0), half(8)], 1)).pixels, new Array(24).fill(8));
    const holed = await open([...full, half(8), quarter]);
    await holed.close();
    assert.deepEqual(holed.info.levels.slice(1), [[1, 1, 1, 2, 4]]);
  });

  it('planes stored only sub-sampled are refused, never given empty', async () => {
    const small = flat(1, { width: 8, height: 8, storedWidth: 4, storedHeight: 4 });
    await assert.rejects(open([small]), failure('unsupported', /sub-sampled pixels only/));
    const full = flat(1, { width: 8, height: 8, at: { C: 0 } });
    await assert.rejects(open([full, { ...small, at: { C: 1 } }]), failure('unsupported', /T0 C1 Z0 only sub-sampled/));
  });

  it('scenes are numbered as in the file; one that is not there is told', async () => {
    const blocks = [
      flat(1, { width: 2, height: 2, at: { S: 4 } }),
      flat(2, { x: 90_000, width: 3, height: 1, at: { S: 7 } }),
    ];
    const source = await open(blocks, {}, 1);
    await source.close();
    assert.deepEqual([source.info.scenes, source.info.levels[0]], [2, [1, 1, 1, 1, 3]]);
    await assert.rejects(open(blocks, {}, 2), failure('invalid-input', /an integer from 0 to 1/));
  });

  it('without a directory the blocks that are whole are found, and a note tells of the others', async () => {
    const bytes = buildCzi(
      [0, 1].map((t) => flat(t + 1, { width: 40, height: 40, at: { T: t } })),
      { withoutDirectory: true },
    );
    const at = bytes.lastIndexOf('ZISRAWSUBBLOCK');
    const source = await openImage(folder.write('cut.czi', bytes.subarray(0, at + 700)));
    const pixels = await source.read(wholeRegion(source.info.levels[0]));
    await source.close();
    assert.deepEqual(source.info.levels, [[1, 1, 1, 40, 40]]);
    assert.ok(pixels.every((value) => value === 1));
    assert.match(source.info.notes?.[0] ?? '', /no directory .* 1 of them are cut off or damaged and left out/);
  });

  it('metadata that are damaged cost names, not pixels', async () => {
    const blocks = [flat(5, { width: 2, height: 2 })];
    for (const metadata of [
      '<ImageDocument><Metadata>',
      '',
      '<a></b></a></a>',
      '<ImageDocument><Metadata><Scaling &></Scaling>',
    ]) {
      const source = await open(blocks, { metadata });
      const pixels = await source.read(wholeRegion(source.info.levels[0]));
      await source.close();
      assert.deepEqual([...pixels], [5, 5, 5, 5]);
      assert.equal(source.info.pixelSize, null);
      assert.equal(source.info.notes?.length, metadata === '' ? 0 : 1, metadata);
    }
  });

  it('what it does not read is refused with its number', async () => {
    const block = flat(1, { width: 2, height: 2 });
    const cases: Array<[Partial<BuildBlock>, RegExp]> = [
      [{ compression: 2 }, /compression 2 \(LZW\)/],
      [{ compression: 1 }, /compression 1 \(JPEG\)/],
      [{ compression: 1003 }, /compression 1003 \(raw data of a camera or system\)/],
      [{ pixelType: 10 }, /complex grey \(10\)/],
      [{ pixelType: 77 }, /unknown \(77\)/],
    ];
    for (const [change, message] of cases) {
      await assert.rejects(open([{ ...block, ...change }]), failure('unsupported', message));
    }
  });

  it('sizes that the file cannot hold are refused before memory is asked for', async () => {
    const large = { width: 60_000, height: 60_000, payload: new Uint8Array(100) };
    for (const compression of [4, 5, 6]) {
      const source = await open([{ pixelType: GRAY16, compression, ...large }]);
      const corner = source.read({ start: [0, 0, 0, 0, 0], size: [1, 1, 1, 2, 2] });
      await assert.rejects(corner, failure('corrupt-file', /states 60000 x 60000 pixels in 100 bytes/));
      await source.close();
    }
    const apart = [0, 2_000_000_000].map((z) => flat(1, { width: 1, height: 1, at: { Z: z } }));
    await assert.rejects(open(apart), failure('corrupt-file', /slices \(Z\) from 0 to 2000000000, but holds 2/));
  });

  it('a read that is cancelled ends as such', async () => {
    const source = await open([flat(1, { width: 4, height: 4 })]);
    const region = wholeRegion(source.info.levels[0]);
    await assert.rejects(source.read(region, { signal: AbortSignal.abort() }), failure('cancelled', /reading/));
    await source.close();
  });
});
