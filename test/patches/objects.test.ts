import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import { type CutObject, ObjectCutter, ZONE } from '../../src/patches/cut-object';
import { pasteObject } from '../../src/patches/paste-object';
import { PatchMaker } from '../../src/patches/patch-maker';
import { type BlockPixels, emptyPixels, fillPatchPixels, type PatchSource } from '../../src/patches/patch-pixels';
import { symmetriesOnly } from '../../src/patches/recipe';
import { SamplingIndexBuilder } from '../../src/patches/sampling-index';

/** A field of 10 with boxes of 50 as foreground; what is not trainable has no weight. */
function field(shape: Zyx, boxes: Array<{ start: Zyx; size: Zyx }>, weight: Uint8Array<ArrayBuffer> | null = null) {
  const [depth, height, width] = shape;
  const raw = new Float32Array(depth * height * width).fill(10);
  const target = new Uint8Array(raw.length);
  for (const { start, size } of boxes) {
    for (let z = start[0]; z < start[0] + size[0]; z++) {
      for (let y = start[1]; y < start[1] + size[1]; y++) {
        const from = (z * height + y) * width + start[2];
        raw.fill(50, from, from + size[2]);
        target.fill(1, from, from + size[2]);
      }
    }
  }
  const normalisation = [{ low: -1e9, high: 1e9, mean: 0, std: 1 }];
  return {
    shape,
    window: { start: [0, 0, 0], end: shape },
    raw,
    target,
    weight,
    normalisation,
    trainable: null,
  } as BlockPixels;
}

function sourceOf(pixels: BlockPixels): PatchSource {
  const builder = new SamplingIndexBuilder(pixels.shape);
  const plane = pixels.shape[1] * pixels.shape[2];
  for (let z = 0; z < pixels.shape[0]; z++) {
    const part = [z * plane, (z + 1) * plane] as const;
    builder.addRows(z, 0, pixels.target.subarray(...part), pixels.weight?.subarray(...part) ?? null);
  }
  const read: PatchSource['read'] = async (start, size, into) => fillPatchPixels(pixels, start, size, into);
  return { channels: 1, anisotropy: 1, index: builder.build(), read };
}

const blockOf = (pixels: BlockPixels) => {
  const block = emptyPixels();
  fillPatchPixels(pixels, [0, 0, 0], pixels.shape, block);
  return block;
};

const countOf = (values: ArrayLike<number>, wanted: number) => Array.from(values).filter((v) => v === wanted).length;

describe('patches/cut-object', () => {
  const cut = (pixels: BlockPixels, largest: Zyx, seed = 1) =>
    new ObjectCutter(largest).cut(sourceOf(pixels), new Random(seed));

  for (const [name, shape, box, largest] of [
    ['2D', [1, 40, 40], { start: [0, 15, 18], size: [1, 4, 6] }, [1, 48, 48]],
    ['3D', [20, 40, 40], { start: [8, 15, 18], size: [3, 4, 6] }, [16, 48, 48]],
  ] as Array<[string, Zyx, { start: Zyx; size: Zyx }, Zyx]>) {
    it(`${name}: takes one whole object with its pixels, mirrored or turned, fading around it`, async () => {
      const sizes = new Set<string>();
      for (let seed = 0; seed < 8; seed++) {
        const object = (await cut(field(shape, [box]), largest, seed)) as CutObject;
        const voxels = box.size[0] * box.size[1] * box.size[2];
        assert.equal(countOf(object.zones, ZONE.object), voxels);
        assert.ok(object.zones.every((zone, i) => object.image[i] === (zone === ZONE.object ? 50 : 10)));
        assert.ok(object.zones.every((zone, i) => (zone === ZONE.object) === (object.opacity[i] === 1)));
        assert.ok(
          object.zones.every((zone, i) => (zone === ZONE.edge) === (object.opacity[i] > 0 && object.opacity[i] < 1)),
        );
        // an edge and a ring of two voxels each, on both sides
        sizes.add(object.size.slice(1).join('x'));
        assert.deepEqual([...object.size].sort((a, b) => a - b)[2], 14);
      }
      assert.deepEqual([...sizes].sort(), ['12x14', '14x12']);
    });
  }

  it('leaves what is too large, or touches what has no weight or the border', async () => {
    const box = { start: [0, 15, 18] as Zyx, size: [1, 4, 6] as Zyx };
    assert.equal(await cut(field([1, 40, 40], [box]), [1, 16, 16]), null);
    assert.equal(await cut(field([1, 40, 40], [{ ...box, start: [0, 0, 18] }]), [1, 48, 48]), null);
    const weight = new Uint8Array(1600).fill(1);
    weight[19 * 40 + 20] = 0;
    assert.equal(await cut(field([1, 40, 40], [box], weight), [1, 48, 48]), null);
    assert.equal(await cut(field([1, 40, 40], []), [1, 48, 48]), null);
  });

  it('does not take a neighbour along', async () => {
    const boxes = [15, 21].map((y) => ({ start: [0, y, 18] as Zyx, size: [1, 4, 6] as Zyx }));
    const object = (await cut(field([1, 40, 40], boxes), [1, 60, 60])) as CutObject;
    assert.equal(countOf(object.zones, ZONE.object), 24);
    assert.ok(object.image.every((v, i) => (object.zones[i] > ZONE.object ? v === 10 : true)));
  });
});

describe('patches/paste-object', () => {
  const donor = field([6, 40, 40], [{ start: [2, 15, 18], size: [2, 4, 6] }]);

  it('lays the object over background, lifted to its surroundings; target follows, weight stays', async () => {
    const object = (await new ObjectCutter([6, 48, 48]).cut(sourceOf(donor), new Random(3))) as CutObject;
    const brighter = field([6, 40, 40], []);
    brighter.raw.fill(30);
    const block = blockOf(brighter);
    assert.ok(pasteObject(block, object, new Random(4)));
    assert.equal(countOf(block.target, 1), 48);
    assert.ok(block.target.every((v, i) => (v === 1 ? Math.abs(block.image[i] - 70) < 1e-4 : true)));
    // around the object there is what there was: both surroundings are flat
    assert.ok(block.target.every((v, i) => (v === 0 ? Math.abs(block.image[i] - 30) < 1e-4 : true)));
    assert.ok(block.weight.subarray(0, 9600).every((v) => v === 1));
  });

  it('never touches foreground or what has no weight, and says so where no place is left', async () => {
    const object = (await new ObjectCutter([6, 48, 48]).cut(sourceOf(donor), new Random(3))) as CutObject;
    const weight = new Uint8Array(9600).fill(1);
    for (let i = 0; i < weight.length; i++) if (i % 40 < 12) weight[i] = 0;
    const place = field([6, 40, 40], [{ start: [0, 0, 30], size: [6, 40, 10] }], weight);
    let pasted = 0;
    for (let seed = 0; seed < 20; seed++) {
      const [before, block] = [blockOf(place), blockOf(place)];
      if (pasteObject(block, object, new Random(seed))) pasted++;
      assert.ok(before.image.every((v, i) => (i % 40 < 12 || before.target[i] === 1 ? block.image[i] === v : true)));
      assert.ok(
        block.target.every((v, i) => (before.weight[i] === 0 ? v === before.target[i] : v >= before.target[i])),
      );
      assert.deepEqual(block.weight, before.weight);
    }
    assert.ok(pasted > 0 && pasted < 20, `${pasted}`);
    const full = field([6, 40, 40], [{ start: [0, 0, 0], size: [6, 40, 30] }]);
    const block = blockOf(full);
    assert.equal(pasteObject(block, object, new Random(1)), false);
    assert.deepEqual(block, blockOf(full));
  });
});

describe('patches/patch-maker with added objects', () => {
  const plan = { sizeZ: null, sizeY: 32, sizeX: 32, perImage: 8, sampling: 'random', overlap: 0, seed: 2 } as const;
  const donor = sourceOf(field([1, 60, 60], [{ start: [0, 25, 28], size: [1, 4, 6] }]));
  const empty = sourceOf(field([1, 64, 64], []));
  const make = async (numbers: readonly number[], share: number, source = empty) => {
    const maker = new PatchMaker(plan, symmetriesOnly(2), 7, { share, donors: [donor] });
    const patches = [];
    for (const number of numbers) {
      const out = { input: new Float32Array(1024), target: new Float32Array(1024), weight: new Float32Array(1024) };
      await maker.make(source, number, out);
      patches.push(out);
    }
    return patches;
  };

  it('adds one object to their share, by the number of the patch alone', async () => {
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    const patches = await make(numbers, 0.5);
    const held = patches.map(({ target }) => countOf(target, 1));
    assert.ok(held.every((voxels) => voxels === 0 || voxels === 24));
    const share = held.filter((voxels) => voxels > 0).length / 60;
    assert.ok(share > 0.35 && share < 0.65, `${share}`);
    assert.ok(patches.every(({ input, target }) => target.every((v, i) => Math.abs(input[i] - (v ? 50 : 10)) < 1e-4)));
    assert.deepEqual(await make([41, 3], 0.5), [patches[41], patches[3]]);
  });

  it('leaves everything else as it is', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const plain = new PatchMaker(plan, symmetriesOnly(2), 7);
    for (const [n, patch] of (await make(numbers, 0, donor)).entries()) {
      const out = { input: new Float32Array(1024), target: new Float32Array(1024), weight: new Float32Array(1024) };
      await plain.make(donor, n, out);
      assert.deepEqual(patch, out);
    }
  });
});
