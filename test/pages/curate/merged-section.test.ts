import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { mergedSection, throughAllPlanes } from '../../../pages/curate/logic/merged-section';
import { mergedTile } from '../../../pages/curate/logic/merged-tile';
import { areaOnPlane, mergedView } from '../../../pages/curate/logic/merged-view';
import { touching } from '../../../pages/curate/logic/touching';
import { tilesWithin } from '../../../pages/shared/logic/tile-grid';
import type { LoadedTile } from '../../../pages/shared/logic/tile-loader';
import { snap } from '../../../pages/shared/logic/view-transform';
import type { Decision, Point, Shape } from '../../../src/curation/decision';
import type { Picture } from '../../../src/image/picture';
import { randomAt } from '../../support/random-at';

const [DEPTH, HEIGHT, WIDTH, TILE] = [6, 90, 150, 64];
const PICTURE: Picture = {
  shape: [1, 1, DEPTH, HEIGHT, WIDTH],
  dtype: 'uint8',
  channels: [{ name: '' }],
  pixelSize: null,
  levels: [[HEIGHT, WIDTH]],
  tile: TILE,
  ranges: [],
};

function blob(seed: number, radius: number, z: Shape['z']): Shape {
  const ring = (size: number) =>
    Array.from({ length: 9 }, (_, i): Point => {
      const angle = (i * 2 * Math.PI) / 9;
      return snap([75 + size * Math.cos(angle) * (1 + randomAt(seed, i)), 45 + size * Math.sin(angle)]);
    });
  return { rings: [ring(radius), ring(radius / 4)], z };
}

describe('the merged result across and through the planes', () => {
  const volume = (seed: number) =>
    Uint8Array.from({ length: DEPTH * HEIGHT * WIDTH }, (_, i) => (randomAt(seed, i) > 0.7 ? 1 : 0));
  const [seg1, seg2] = [volume(1), volume(2)];
  const plane = (pixels: Uint8Array, z: number) => pixels.subarray(z * HEIGHT * WIDTH, (z + 1) * HEIGHT * WIDTH);
  const whole = (decision: Decision, mask: Uint8Array | null = null) => {
    const merged = new Uint8Array(DEPTH * HEIGHT * WIDTH);
    for (let z = 0; z < DEPTH; z++) {
      const frame = { x: 0, y: 0, width: WIDTH, height: HEIGHT, step: 1, z };
      const mergeMask = mask && (mask.length > HEIGHT * WIDTH ? plane(mask, z) : mask);
      const sources = { base: plane(seg2, z), other: plane(seg1, z), mergeMask };
      merged.set(mergedTile(decision, sources, frame), z * HEIGHT * WIDTH);
    }
    return merged;
  };
  const decision: Decision = {
    ...EMPTY_DECISION,
    base: 'seg2',
    merge: [blob(3, 30, null), blob(4, 38, [2, 4])],
    strokes: [
      { points: [snap([10.3, 20.7]), snap([120.2, 80.9])], radius: 6.5, value: 1, z: [1, 3] },
      { points: [snap([70, 45])], radius: 12, value: 0, z: null },
    ],
  };

  for (const [what, mask] of [
    ['without a merging mask', null],
    ['with a merging mask', volume(7)],
    ['with a merging mask of one plane', volume(8).subarray(0, HEIGHT * WIDTH)],
  ] as const) {
    it(`in sections is what the planes have there, tile by tile, ${what}`, () => {
      const merged = whole(decision, mask);
      for (const [view, at] of [
        ['xz', 45],
        ['xz', 52],
        ['yz', 71],
        ['yz', 118],
      ] as const) {
        const length = view === 'xz' ? WIDTH : HEIGHT;
        const cut = (pixels: Uint8Array, from: number, count: number) =>
          Uint8Array.from({ length: (pixels.length / HEIGHT / WIDTH) * count }, (_, i) => {
            const [z, along] = [Math.floor(i / count), from + (i % count)];
            const [y, x] = view === 'xz' ? [at, along] : [along, at];
            return pixels[(z * HEIGHT + y) * WIDTH + x];
          });
        const choice = { image: 'seg1', view, t: 0, c: 0, at } as const;
        const tiles = tilesWithin(PICTURE, choice, 0, { u0: 0, v0: 0, u1: length, v1: DEPTH });
        assert.equal(tiles.length, Math.ceil(length / TILE));
        for (const placed of tiles) {
          const [from, count] = [placed.request.column * TILE, placed.size[1]];
          const load = (pixels: Uint8Array): LoadedTile => {
            const cutOut = cut(pixels, from, count);
            return { pixels: cutOut, size: [cutOut.length / count, count] };
          };
          const near = touching(decision, areaOnPlane(placed), null).decision;
          const images = { base: load(seg2), other: load(seg1), mergeMask: mask && load(mask) };
          const result = mergedView(near, images, placed, { tile: TILE, z: 0 });
          assert.deepEqual(result?.pixels, cut(merged, from, count), `${view} at ${at}, from ${from}`);
        }
      }
    });
  }

  it('takes images of one plane for all', () => {
    const frame = { view: 'xz', at: 0, start: 0, step: 1, columns: 3, firstPlane: 0, planes: 2 } as const;
    const sources = { base: [1, 0, 7], other: [0, 0, 0, 1, 1, 1], mergeMask: [0, 1, 1] };
    assert.deepEqual([...mergedSection(EMPTY_DECISION, sources, frame)], [255, 0, 0, 255, 255, 255]);
  });

  it('is told in the coarsest pixels of the images that it is made of', () => {
    const choice = { image: 'seg1', view: 'xz', t: 0, c: 0, at: 0 } as const;
    const [placed] = tilesWithin({ ...PICTURE, tile: 8 }, choice, 0, { u0: 0, v0: 0, u1: 8, v1: 2 });
    const base: LoadedTile = { pixels: Uint8Array.from({ length: 24 }, (_, i) => Number(i < 2)), size: [6, 4] };
    const other: LoadedTile = { pixels: new Uint8Array(24), size: [6, 4] };
    const mergeMask: LoadedTile = { pixels: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0), size: [1, 8] };
    const result = mergedView(EMPTY_DECISION, { base, other, mergeMask }, placed, { tile: 8, z: 0 });
    assert.deepEqual(result?.size, [6, 4]);
    assert.deepEqual([...(result?.pixels ?? [])], [255, ...new Array(23).fill(0)]);
    const odd: LoadedTile = { pixels: new Uint8Array(7), size: [1, 7] };
    assert.equal(mergedView(EMPTY_DECISION, { base, other, mergeMask: odd }, placed, { tile: 8, z: 0 })?.size[1], 4);
    const none: LoadedTile = { pixels: new Uint8Array(5), size: [1, 5] };
    assert.equal(mergedView(EMPTY_DECISION, { base, other, mergeMask: none }, placed, { tile: 8, z: 0 }), null);
  });

  it('in the maximum is the maximum of the planes, or nothing where that does not follow', () => {
    const deep: Decision = { ...decision, merge: [blob(3, 30, null), blob(4, 38, [0, DEPTH - 1])] };
    assert.equal(throughAllPlanes(decision, DEPTH, 1), null);
    assert.equal(throughAllPlanes({ ...deep, strokes: [{ ...deep.strokes[1], z: [1, 1] }] }, DEPTH, 1), null);
    assert.equal(throughAllPlanes(deep, DEPTH, DEPTH), null);
    const maximum = (pixels: Uint8Array) =>
      Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) =>
        Math.max(...Array.from({ length: DEPTH }, (_, z) => plane(pixels, z)[i])),
      );
    const [top1, top2] = [maximum(seg1), maximum(seg2)];
    const picture = { ...PICTURE, tile: 256 };
    const choice = { image: 'seg1', view: 'max', t: 0, c: 0, at: 0 } as const;
    const [placed] = tilesWithin(picture, choice, 0, { u0: 0, v0: 0, u1: WIDTH, v1: HEIGHT });
    const load = (pixels: Uint8Array) => ({ pixels, size: placed.size });
    for (const mask of [null, plane(volume(8), 0)]) {
      const drawn = throughAllPlanes(deep, DEPTH, 1);
      assert.ok(drawn);
      const images = { base: load(top2), other: load(top1), mergeMask: mask && load(mask) };
      const result = mergedView(drawn, images, placed, { tile: 256, z: 0 });
      assert.deepEqual(result?.pixels, maximum(whole(deep, mask)));
    }
  });
});
