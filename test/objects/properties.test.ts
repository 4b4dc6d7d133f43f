import assert from 'node:assert/strict';
import { count, type Zyx } from '../../src/image/region';
import { LabelRuns } from '../../src/objects/label-runs';
import { ObjectMeasures, type ObjectRow } from '../../src/objects/object-table';
import type { LabelledVolume } from '../../src/thresholding/labelled-volume';
import { RunRoom } from '../../src/thresholding/runs';
import { goldenObjects, unpacked } from './golden';

interface Case {
  shape: Zyx;
  spacing: Zyx;
  labels: string;
  intensity: string;
  rows: Array<{
    label: number;
    area: number;
    centroid: number[];
    mean: number;
    perimeter?: number;
    eccentricity?: number;
    orientation?: number;
    major: number;
    minor: number;
  }>;
}

/** Labels in memory as a volume; their numbers stay. */
function volumeOf(labels: Int32Array, shape: Zyx): LabelledVolume {
  const runs = new LabelRuns(new RunRoom(2 ** 30, '/nowhere'));
  for (let at = 0; at < labels.length; at += shape[2]) runs.add(labels.subarray(at, at + shape[2]));
  runs.finish();
  const most = labels.reduce((a, b) => Math.max(a, b), 0);
  const size = new Float64Array(most + 1);
  for (const label of labels) size[label]++;
  return { shape, count: most, size, rows: () => runs.rows(), close: () => runs.close() };
}

function measured(
  labels: Int32Array,
  shape: Zyx,
  spacing: Zyx,
  channels: Uint16Array<ArrayBuffer>[] = [],
): ObjectRow[] {
  const volume = volumeOf(labels, shape);
  const measures = new ObjectMeasures(volume, { channels: channels.length, shapes: true });
  let offset = 0;
  for (const row of volume.rows()) {
    measures.add(row, channels, offset);
    offset += shape[2];
  }
  return [...measures.rows({ z: spacing[0], y: spacing[1], x: spacing[2] })];
}

const close = (got: number | null | undefined, expected: number, what: string) =>
  assert.ok(
    typeof got === 'number' && Math.abs(got - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
    `${what}: ${got}, not ${expected}`,
  );

describe('what is measured of objects', () => {
  for (const { shape, spacing, labels, intensity, rows } of goldenObjects<Case>('properties')) {
    it(`is what scikit-image's regionprops says, in [${shape}] with voxels of ${spacing}`, () => {
      const channels = [unpacked('uint16', intensity), unpacked('uint16', intensity).map((v) => v >> 1)];
      const found = measured(Int32Array.from(unpacked('int32', labels)), shape, spacing, channels);
      for (const expected of rows) {
        const got = found[expected.label - 1];
        const { centroidMicrometres: centre, shape: form } = got;
        assert.ok(centre && form);
        close(got.sizeMicrometres, expected.area, 'area');
        const place = shape[0] === 1 ? [centre.y, centre.x] : [centre.z, centre.y, centre.x];
        for (const [axis, v] of expected.centroid.entries()) close(place[axis], v, 'centroid');
        close(got.meanIntensity, expected.mean, 'mean intensity');
        assert.equal(got.meanIntensities?.length, 2);
        close(form.majorAxis, expected.major, 'major axis');
        close(form.minorAxis, expected.minor, 'minor axis');
        assert.equal(form.unit, 'µm');
        if (shape[0] > 1) continue;
        close(form.perimeter, expected.perimeter ?? Number.NaN, 'perimeter');
        close(form.eccentricity, expected.eccentricity ?? Number.NaN, 'eccentricity');
        close(form.orientation, expected.orientation ?? Number.NaN, 'orientation');
      }
    });
  }

  it('has neighbours and the border as a look at every pair of voxels finds them', () => {
    for (const { shape, labels: packed } of goldenObjects<Case>('properties')) {
      const labels = Int32Array.from(unpacked('int32', packed));
      const [, height, width] = shape;
      const neighbours = new Map<number, Set<number>>();
      const border = new Set<number>();
      const at = (z: number, y: number, x: number) =>
        z < 0 || y < 0 || x < 0 || z >= shape[0] || y >= height || x >= width
          ? -1
          : labels[(z * height + y) * width + x];
      labels.forEach((label, i) => {
        if (label === 0) return;
        const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
        const near = neighbours.get(label) ?? new Set();
        neighbours.set(label, near);
        for (let dz = -1; dz <= 1; dz++) {
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) {
              const other = at(z + dz, y + dy, x + dx);
              if (other > 0 && other !== label) near.add(other);
              if (other < 0 && (dz === 0 || shape[0] > 1)) border.add(label);
            }
          }
        }
      });
      const rows = measured(labels, shape, [1, 1, 1]);
      assert.ok(rows.some(({ shape: form }) => (form?.neighbours ?? 0) > 1));
      for (const { label, size, shape: form } of rows) {
        if (size === 0) continue;
        assert.equal(form?.neighbours, neighbours.get(label)?.size, `neighbours of ${label}`);
        assert.equal(form?.atBorder, border.has(label), `border of ${label}`);
      }
    }
  });

  it('has the surface of balls and ellipsoids within 5 %, and the way they point', () => {
    for (const [axes, spacing] of [
      [
        [10, 10, 10],
        [1, 1, 1],
      ],
      [
        [12, 8, 8],
        [2, 1, 1],
      ],
      [
        [9, 9, 16],
        [1.5, 0.5, 0.5],
      ],
    ] as Array<[Zyx, Zyx]>) {
      const shape = axes.map((a, i) => 2 * Math.ceil(a / spacing[i]) + 5) as Zyx;
      const labels = new Int32Array(count(shape)).map((_, i) => {
        const place = [Math.floor(i / (shape[1] * shape[2])), Math.floor(i / shape[2]) % shape[1], i % shape[2]];
        const r = place.map((v, k) => ((v - (shape[k] - 1) / 2) * spacing[k]) / axes[k]);
        return r[0] ** 2 + r[1] ** 2 + r[2] ** 2 <= 1 ? 1 : 0;
      });
      const [{ shape: form }] = measured(labels, shape, spacing);
      assert.ok(form?.surface);
      const exact = surfaceOf(axes);
      assert.ok(Math.abs(form.surface / exact - 1) < 0.05, `${axes}: ${form.surface}, not ${exact}`);
      const { z, y, x } = form.direction;
      if (axes[0] > axes[1]) close(z, 1, 'direction');
      if (axes[2] > axes[1]) close(Math.abs(x) + Math.abs(y), 1, 'direction');
    }
  });

  it('is the same wherever in a large image an object lies', () => {
    const width = 30_000;
    const slanted = (x: number) => {
      const labels = new Int32Array(12 * width);
      for (let y = 0; y < 12; y++) for (let k = 0; k < 2; k++) labels[y * width + x + y + k] = 1;
      return measured(labels, [1, 12, width], [1, 1, 1])[0].shape;
    };
    assert.deepEqual(slanted(29_000), slanted(3));
    const line = new Int32Array(12 * width);
    for (let y = 0; y < 12; y++) line[y * width + 29_000 + y] = 1;
    const { minorAxis, elongation } = measured(line, [1, 12, width], [1, 1, 1])[0].shape ?? {};
    assert.deepEqual([minorAxis, elongation], [0, null]);
  });

  it('says null where a number means nothing', () => {
    const [line] = measured(Int32Array.of(0, 1, 1, 1, 0), [1, 1, 5], [1, 2, 1]);
    const { perimeter, surface, elongation, eccentricity } = line.shape ?? {};
    // Pixels that are not square have no perimeter as scikit-image measures it.
    assert.deepEqual([perimeter, surface, elongation, eccentricity], [null, null, null, 1]);
  });
});

/** Of an ellipsoid, by adding up its surface elements. */
function surfaceOf([c, b, a]: Zyx): number {
  const n = 400;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const [theta, phi] = [((i + 0.5) * Math.PI) / n, ((k + 0.5) * 2 * Math.PI) / n];
      const s = Math.sin(theta);
      const normal = [s * Math.cos(phi) * b * c, s * Math.sin(phi) * a * c, Math.cos(theta) * a * b];
      sum += Math.hypot(...normal) * s;
    }
  }
  return (sum * 2 * Math.PI * Math.PI) / (n * n);
}
