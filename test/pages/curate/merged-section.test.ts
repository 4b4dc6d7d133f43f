import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { mergedSection, throughAllPlanes } from '../../../pages/curate/logic/merged-section';
import { mergedTile } from '../../../pages/curate/logic/merged-tile';
import { areaOnPlane, mergedView } from '../../../pages/curate/logic/merged-view';
import { touching } from '../../../pages/curate/logic/touching';
import { tilesWithin } from '../../../pages/shared/logic/tile-grid';
import { snap } from '../../../pages/shared/logic/view-transform';
import type { Decision, Point, Shape } from '../../../src/curation/decision';
import type { Picture } from '../../../src/curation/page-api';
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
  const whole = (decision: Decision) => {
    const merged = new Uint8Array(DEPTH * HEIGHT * WIDTH);
    for (let z = 0; z < DEPTH; z++) {
      const frame = { x: 0, y: 0, width: WIDTH, height: HEIGHT, step: 1, z };
      merged.set(mergedTile(decision, plane(seg1, z), plane(seg2, z), frame), z * HEIGHT * WIDTH);
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

  it('in sections is what the planes have there, tile by tile', () => {
    const merged = whole(decision);
    for (const [view, at] of [
      ['xz', 45],
      ['xz', 52],
      ['yz', 71],
      ['yz', 118],
    ] as const) {
      const length = view === 'xz' ? WIDTH : HEIGHT;
      const cut = (pixels: Uint8Array, from: number, count: number) =>
        Uint8Array.from({ length: DEPTH * count }, (_, i) => {
          const [z, along] = [Math.floor(i / count), from + (i % count)];
          const [y, x] = view === 'xz' ? [at, along] : [along, at];
          return pixels[(z * HEIGHT + y) * WIDTH + x];
        });
      const choice = { image: 'seg1', view, t: 0, c: 0, at } as const;
      const tiles = tilesWithin(PICTURE, choice, 0, { u0: 0, v0: 0, u1: length, v1: DEPTH });
      assert.equal(tiles.length, Math.ceil(length / TILE));
      for (const placed of tiles) {
        const [from, count] = [placed.request.column * TILE, placed.size[1]];
        const load = (pixels: Uint8Array) => ({ pixels: cut(pixels, from, count), size: placed.size });
        const near = touching(decision, areaOnPlane(placed), null).decision;
        const result = mergedView(near, load(seg1), load(seg2), placed, { tile: TILE, z: 0, planes: DEPTH });
        assert.deepEqual(result?.pixels, cut(merged, from, count), `${view} at ${at}, from ${from}`);
      }
    }
  });

  it('takes a segmentation of one plane for all', () => {
    const frame = { view: 'xz', at: 0, start: 0, step: 1, columns: 3, firstPlane: 0, planes: 2 } as const;
    assert.deepEqual([...mergedSection(EMPTY_DECISION, [1, 0, 7], null, frame)], [1, 0, 1, 1, 0, 1]);
  });

  it('in the maximum is the maximum of the planes, or nothing where that does not follow', () => {
    const deep: Decision = { ...decision, merge: [blob(3, 30, null), blob(4, 38, [0, DEPTH - 1])] };
    assert.equal(throughAllPlanes(decision, DEPTH), null);
    assert.equal(throughAllPlanes({ ...deep, strokes: [{ ...deep.strokes[1], z: [1, 1] }] }, DEPTH), null);
    const maximum = (pixels: Uint8Array) =>
      Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) =>
        Math.max(...Array.from({ length: DEPTH }, (_, z) => plane(pixels, z)[i])),
      );
    const [top1, top2] = [maximum(seg1), maximum(seg2)];
    const picture = { ...PICTURE, tile: 256 };
    const choice = { image: 'seg1', view: 'max', t: 0, c: 0, at: 0 } as const;
    const [placed] = tilesWithin(picture, choice, 0, { u0: 0, v0: 0, u1: WIDTH, v1: HEIGHT });
    const load = (pixels: Uint8Array) => ({ pixels, size: placed.size });
    const result = mergedView(deep, load(top1), load(top2), placed, { tile: 256, z: 0, planes: DEPTH });
    assert.deepEqual(result?.pixels, maximum(whole(deep)));
  });
});
