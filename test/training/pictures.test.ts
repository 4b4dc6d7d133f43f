import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { TrainingPicture } from '../../src/models/training-file';
import type { ValidationItem } from '../../src/training/data/fold-images';
import { drawSeen, leastTelling, TrainingPictures } from '../../src/training/pictures';
import { glimpse } from '../../src/training/validation/glimpse';
import { OVERLAY_COLOURS, rgbOf } from '../../src/views/overlay-colours';

const SIZE = [3, 40, 60] as const;
const VOXELS = 3 * 40 * 60;

/** Foreground in the last plane; found half of it, and as much beside it. */
function pixels() {
  const target = new Uint8Array(VOXELS);
  const probabilities = new Float32Array(VOXELS);
  for (let y = 10; y < 30; y++) {
    for (let x = 10; x < 30; x++) target[2 * 2400 + y * 60 + x] = 1;
    for (let x = 20; x < 40; x++) probabilities[2 * 2400 + y * 60 + x] = 0.9;
  }
  const image = Float32Array.from({ length: 2 * VOXELS }, (_, i) => (target[i % VOXELS] ? 3 : 0) + (i % 7) / 10);
  return {
    image,
    probabilities,
    target,
    weight: new Uint8Array(VOXELS).fill(1),
    size: [...SIZE] as [number, number, number],
  };
}

describe('pictures of validation images', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-pictures-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const items = (names: string[]) =>
    names.map((id) => ({
      id,
      image: { index: { foregroundCount: id.startsWith('empty') ? 0 : 5 } },
    })) as unknown as ValidationItem[];
  const validation = (step: number, ids: string[], seconds = 100) => ({
    ...{ step, epoch: step, fold: null, threshold: 0.5, seconds, dice: new Map(ids.map((id) => [id, 0.5])) },
    seen: ids.map((id) => glimpse(id, pixels())),
  });

  it('show the plane with most foreground, in the colours of what is right, missed and surplus', async () => {
    const seen = glimpse('a', pixels());
    assert.deepEqual([seen.width, seen.height], [60, 40]);
    assert.equal(
      seen.truth.reduce((sum, value) => sum + value, 0),
      400,
    );
    const { data, info } = await sharp(await drawSeen(seen, 0.5))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [60, 40, 3]);
    const at = (y: number, x: number) => [...data.subarray(3 * (60 * y + x), 3 * (60 * y + x) + 3)];
    assert.deepEqual(at(10, 24), rgbOf(OVERLAY_COLOURS.right));
    assert.deepEqual(at(10, 14), rgbOf(OVERLAY_COLOURS.missed));
    assert.deepEqual(at(10, 36), rgbOf(OVERLAY_COLOURS.surplus));
    assert.equal(new Set(at(2, 2)).size, 1, 'the image itself is grey');
  });

  it('are small whatever the image is', () => {
    const [rows, columns] = [1000, 3000];
    const size = rows * columns;
    const large = {
      image: new Float32Array(size),
      probabilities: new Float32Array(size),
      target: new Uint8Array(size),
    };
    const seen = glimpse('large', { ...large, weight: new Uint8Array(size), size: [1, rows, columns] });
    assert.ok(seen.width <= 384 && seen.height <= 384 && seen.raw.length === seen.width * seen.height);
  });

  it('are of four images at most, those with foreground first, and take 5 % of the validations or 2 % of it all', async () => {
    let now = 0;
    const list: TrainingPicture[] = [];
    const pictures = new TrainingPictures(folder, list, undefined, () => now++);
    const all = items(['empty1', 'a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(
      pictures.wanted(all, 0).map(({ id }) => id),
      ['a', 'b', 'c', 'd'],
    );
    await pictures.add(validation(10, ['a', 'b', 'c', 'd'], 10));
    assert.deepEqual(pictures.spent, { pictures: 1, validations: 10 });
    assert.deepEqual(pictures.wanted(all, 40), [], '1 s of 10 s is too much');
    assert.deepEqual(
      pictures.wanted(items(['f']), 90).map(({ id }) => id),
      ['f'],
      'a new image has its first one',
    );
    await pictures.add({ ...validation(20, [], 10), seen: [] });
    assert.equal(pictures.wanted(all, 300).length, 4);
    pictures.spent.validations = 40;
    assert.equal(pictures.wanted(all, 40).length, 4);
    assert.deepEqual(readdirSync(path.join(folder, 'pictures')).sort(), [
      '0-10.png',
      '1-10.png',
      '2-10.png',
      '3-10.png',
    ]);
  });

  it('are the newest and some of earlier steps, and so many at most', async () => {
    const list: TrainingPicture[] = [];
    const pictures = new TrainingPictures(folder, list);
    for (let step = 10; step <= 400; step += 10) await pictures.add(validation(step, ['a']));
    const steps = list.map(({ step }) => step);
    assert.equal(steps.length, 6);
    assert.deepEqual([steps[0], steps[5]], [10, 400]);
    assert.equal(readdirSync(path.join(folder, 'pictures')).length, 6);
    assert.equal(leastTelling([1, 50, 60, 400]), 2);
  });
});
