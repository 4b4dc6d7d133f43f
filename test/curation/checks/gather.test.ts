import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { checkSamples, gatherFacts } from '../../../src/curation/checks';
import { openDescription } from '../../../src/formats';
import type { Band } from '../../../src/image/bands';
import type { ImageDescription } from '../../../src/image/description';
import type { Shape5 } from '../../../src/image/region';
import type { Sample } from '../../../src/samples/sample';
import { type TemporaryFolder, temporaryFolder } from '../../samples/temporary-files';
import { writeImage } from '../images';

const SHAPE: Shape5 = [2, 2, 3, 10, 8];
const PIXELS = 2 * 2 * 3 * 10 * 8;
const open = (image: ImageDescription) => openDescription(image);
const raw = () => Uint16Array.from({ length: PIXELS }, (_, i) => 100 + ((i * i) % 251));

describe('gatherFacts', () => {
  let folder: TemporaryFolder;
  let sample: Sample;
  beforeEach(async () => {
    folder = await temporaryFolder();
    const seg = Uint8Array.from({ length: PIXELS / 2 }, (_, i) => (i % 5 === 0 ? 255 : 0));
    sample = {
      id: 'A',
      raw: await writeImage(folder.at('raw.ome.tiff'), 'A', SHAPE, raw()),
      seg1: await writeImage(folder.at('seg1.ome.tiff'), 'A', [2, 1, 3, 10, 8], seg),
    };
  });
  afterEach(() => folder.remove());

  it('looks at every pixel of every image once', async () => {
    const { facts, failures } = await gatherFacts(sample, { open });
    assert.deepEqual(failures, []);
    const [first, second] = facts.raw?.channels ?? [];
    const channel = (c: number) => raw().filter((_, i) => Math.floor(i / 240) % 2 === c);
    assert.deepEqual(first.range, { min: Math.min(...channel(0)), max: Math.max(...channel(0)) });
    assert.deepEqual([first.pixels, second.pixels], [480, 480]);
    assert.ok(first.focus !== null || second.focus !== null);
    const [labels] = facts.seg1?.channels ?? [];
    assert.deepEqual([labels.nonZero, labels.distinct, labels.focus], [96, 2, null]);
    assert.equal(facts.raw?.complete, true);
    assert.equal(facts.seg2, undefined);
  });

  it('tells the same pixels by their hash, whatever the file', async () => {
    const again = await writeImage(folder.at('copy.ome.tiff'), 'B', SHAPE, raw());
    const other = await writeImage(folder.at('other.ome.tiff'), 'C', SHAPE, raw().fill(0, PIXELS - 1));
    const hashes = await Promise.all(
      [sample.raw, again, other].map(async (image) => {
        const { facts } = await gatherFacts({ id: image.id, raw: image }, { open });
        return facts.raw?.hash;
      }),
    );
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  });

  it('looks at evenly spaced parts of a large image, the same of each channel', async () => {
    const seen: Band[] = [];
    const facts = await gatherFacts(
      { id: 'A', raw: sample.raw },
      {
        mostPixels: 240,
        open: async (image) => {
          const reader = await open(image);
          const plain = reader.readRows.bind(reader);
          const readRows: typeof plain = (band, options) => {
            seen.push(band);
            return plain(band, options);
          };
          return Object.assign(reader, { readRows });
        },
      },
    );
    assert.equal(facts.facts.raw?.complete, false);
    const places = seen.filter(({ c }) => c === 0).map(({ t, z, y }) => [t, z, y]);
    assert.deepEqual(
      places,
      seen.filter(({ c }) => c === 1).map(({ t, z, y }) => [t, z, y]),
    );
    assert.deepEqual(places, [[1, 0, 0]]);
  });

  it('notes an image that cannot be read and goes on', async () => {
    await truncate(folder.at('raw.ome.tiff'), 700);
    const facts = await gatherFacts(sample, { open });
    assert.deepEqual(
      facts.failures.map(({ role }) => role),
      ['raw'],
    );
    assert.equal(facts.facts.seg1?.complete, true);
    const { findings } = checkSamples([facts], new Date(0));
    assert.match(findings[0].message, /^raw of A cannot be read: .*raw\.ome\.tiff/);
  });

  it('stops when it is told to', async () => {
    const stopped = gatherFacts(sample, { open, signal: AbortSignal.abort() });
    await assert.rejects(stopped, { code: 'cancelled' });
  });
});
