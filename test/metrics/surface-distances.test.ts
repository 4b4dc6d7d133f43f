import assert from 'node:assert/strict';
import type { PixelArray } from '../../src/image/dtype';
import { surfaceAgreement } from '../../src/metrics/surface-agreement';
import { surfaceDistances } from '../../src/metrics/surface-distances';
import { SurfaceMeter } from '../../src/metrics/surface-meter';
import type { SurfaceVoxels, Zyx } from '../../src/metrics/surface-voxels';
import { randomAt } from '../support/random-at';

const surface = (positions: number[]): SurfaceVoxels => ({
  positions: Float64Array.from(positions),
  length: positions.length,
});

function finished<T>(work: Generator<void, T>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** By comparing each with each. */
function bruteForce(from: SurfaceVoxels, to: SurfaceVoxels, [, height, width]: Zyx, spacing: Zyx): number[] {
  const place = (position: number) => [
    Math.floor(position / (height * width)),
    Math.floor(position / width) % height,
    position % width,
  ];
  const others = Array.from(to.positions, place);
  return Array.from(from.positions, (position) => {
    const own = place(position);
    const squares = others.map((other) =>
      other.reduce((sum, at, axis) => sum + ((at - own[axis]) * spacing[axis]) ** 2, 0),
    );
    return Math.sqrt(Math.min(...squares));
  }).sort((a, b) => a - b);
}

describe('metrics/surface-distances', () => {
  it('are those of comparing each voxel with each, whichever axis is the longest', () => {
    const shapes: Zyx[] = [
      [1, 40, 30],
      [1, 1, 500],
      [30, 9, 11],
      [6, 40, 12],
      [7, 10, 50],
    ];
    let seed = 0;
    for (const shape of shapes) {
      for (const share of [0.005, 0.2]) {
        const [depth, height, width] = shape;
        const spacing: Zyx = [2.3, 0.325, 0.65];
        const random = () => {
          seed++;
          const all = Array.from({ length: depth * height * width }, (_, i) => i);
          const some = all.filter((i) => randomAt(seed, i) < share);
          return surface(some.length > 0 ? some : [0]);
        };
        const [from, to] = [random(), random()];
        const got = finished(surfaceDistances(from, to, shape, spacing)).sort();
        const expected = bruteForce(from, to, shape, spacing);
        assert.equal(got.length, expected.length);
        expected.forEach((distance, i) => {
          assert.ok(Math.abs(got[i] - distance) < 1e-12 * Math.max(1, distance), `${got[i]}, not ${distance}`);
        });
      }
    }
  });

  it('are exact to the last digit along an axis, so that a tolerance of some pixels is met', () => {
    const got = finished(surfaceDistances(surface([3]), surface([10]), [1, 1, 20], [1, 1, 0.1]));
    assert.equal(got[0], 7 * 0.1);
    const { nsd } = surfaceAgreement(got, Float64Array.of(7 * 0.1), 0.7);
    assert.equal(nsd, 1);
  });

  it('are infinite where there is no other surface, and none where there is none itself', () => {
    const shape: Zyx = [1, 4, 4];
    assert.deepEqual([...finished(surfaceDistances(surface([5]), surface([]), shape, [1, 1, 1]))], [Infinity]);
    assert.equal(finished(surfaceDistances(surface([]), surface([5]), shape, [1, 1, 1])).length, 0);
  });
});

describe('metrics/surface-meter', () => {
  const band = (t: number, z = 0) => ({ t, c: 0, z, y: 0, rows: 4 });
  const dot = (at: number): PixelArray => Uint8Array.from({ length: 16 }, (_, i) => (i === at ? 1 : 0));

  it('compares time points for themselves: one without a find makes distances infinite', () => {
    const meter = new SurfaceMeter([2, 1, 1, 4, 4]);
    meter.add(band(0), dot(5), dot(6), null);
    meter.add(band(1), dot(-1), dot(6), null);
    const found = finished(meter.measure([1, 1, 1], 1));
    assert.deepEqual(found, { nsd: 2 / 3, hd95: null, meanDistance: null, predicted: 1, truth: 2 });
  });

  it('gives no surface to what an excluded pixel is beside', () => {
    const meter = new SurfaceMeter([1, 1, 1, 1, 6]);
    const all = Uint8Array.of(0, 1, 1, 1, 1, 0);
    meter.add({ ...band(0), rows: 1 }, all, all, Uint8Array.of(0, 1, 1, 1, 1, 0));
    // In a single row each pixel ends at the image's edge.
    assert.equal(finished(meter.measure([1, 1, 1], 1))?.truth, 4);
    const square = new SurfaceMeter([1, 1, 1, 3, 3]);
    const full = new Uint8Array(9).fill(1);
    square.add({ ...band(0), rows: 3 }, full, full, Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0, 0));
    assert.equal(finished(square.measure([1, 1, 1], 1))?.truth, 5);
  });

  it('names what is too large instead of comparing it', () => {
    const noise = new SurfaceMeter([1, 1, 1, 4, 4], { voxels: 1, plane: 16 });
    noise.add(
      band(0),
      Uint8Array.from({ length: 16 }, () => 1),
      dot(3),
      null,
    );
    assert.equal(finished(noise.measure([1, 1, 1], 1)), null);
    assert.match(noise.refusal ?? '', /left out: a segmentation has more than 1 surface pixels/);
    const stack = new SurfaceMeter([1, 1, 2, 4, 4], { voxels: 100, plane: 15 });
    stack.add(band(0), dot(1), dot(1), null);
    assert.equal(finished(stack.measure([1, 1, 1], 1)), null);
    assert.match(stack.refusal ?? '', /a plane of the stack has 16 pixels, more than 15/);
  });
});
