import assert from 'node:assert/strict';
import { count } from '../../src/image/region';
import { gaussianBlur, takeImage } from '../../src/simulation/microscope';
import { placeNuclei } from '../../src/simulation/nuclei';
import { NUCLEI_2D, NUCLEI_3D, simulateCurationSample, simulateSample } from '../../src/simulation/sample-sets';

describe('gaussianBlur', () => {
  it('spreads a point into a Gaussian that keeps its sum', () => {
    const pixels = new Float32Array(41 * 41);
    pixels[20 * 41 + 20] = 1;
    gaussianBlur(pixels, [1, 1, 1, 41, 41], [0, 2, 2]);
    const sum = pixels.reduce((total, v) => total + v, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5, `sum ${sum}`);
    const ratio = pixels[20 * 41 + 22] / pixels[20 * 41 + 20];
    assert.ok(Math.abs(ratio - Math.exp(-0.5)) < 1e-3, `one sigma away: ${ratio}`);
  });

  it('leaves a constant image constant at the borders', () => {
    const pixels = new Float32Array(3 * 4 * 5).fill(7);
    gaussianBlur(pixels, [1, 1, 3, 4, 5], [3, 3, 3]);
    for (const value of pixels) assert.ok(Math.abs(value - 7) < 1e-4);
  });
});

describe('placeNuclei', () => {
  it('places the nuclei apart from each other, each inside its size', () => {
    const options = {
      size: [1, 200, 200] as [number, number, number],
      nuclei: 12,
      radius: [8, 12] as [number, number],
    };
    const { labels } = placeNuclei({ ...options, planeDistance: 1, seed: 7 });
    const areas = new Map<number, number>();
    for (const label of labels) if (label > 0) areas.set(label, (areas.get(label) ?? 0) + 1);
    assert.equal(areas.size, 12);
    for (const area of areas.values()) assert.ok(area <= Math.PI * 12 * 12 + 40, `area ${area}`);
    for (let i = 0; i + 1 < labels.length; i++) {
      const touching = labels[i] > 0 && labels[i + 1] > 0 && labels[i] !== labels[i + 1] && (i + 1) % 200 > 0;
      assert.ok(!touching, `nuclei ${labels[i]} and ${labels[i + 1]} touch at ${i}`);
    }
  });
});

describe('takeImage', () => {
  const quiet = { blur: [0, 0, 0] as [number, number, number], background: 50, unevenness: 0, gain: 4, offset: 100 };

  it('gives offset + gain * photons on average, with the noise of photons and camera', () => {
    const density = new Float32Array(128 * 128);
    const image = takeImage(density, [1, 1, 1, 128, 128], { ...quiet, photons: 0, readNoise: 5, seed: 1 });
    const mean = image.reduce((sum, v) => sum + v, 0) / image.length;
    const variance = image.reduce((sum, v) => sum + (v - mean) ** 2, 0) / image.length;
    assert.ok(Math.abs(mean - 300) < 1, `mean ${mean}`);
    // 16 * 50 from the photons, 25 from the camera
    assert.ok(Math.abs(variance - 825) < 40, `variance ${variance}`);
  });
});

describe('simulateSample', () => {
  for (const set of [NUCLEI_2D, NUCLEI_3D]) {
    it(`makes ${set.name}: the same for the same number, brighter inside the nuclei`, () => {
      const sample = simulateSample(set, 1);
      assert.deepEqual(sample.shape.slice(2), set.nuclei.size);
      assert.equal(sample.raw.length, count(sample.shape));
      assert.deepEqual(simulateSample(set, 1), sample);
      assert.notDeepEqual(simulateSample(set, 2).raw, sample.raw);
      const inside = meanWhere(sample.raw, (i) => sample.labels[i] > 0);
      const outside = meanWhere(sample.raw, (i) => sample.labels[i] === 0);
      assert.ok(inside > outside + 100, `inside ${inside}, outside ${outside}`);
      const covered = sample.labels.filter((label) => label > 0).length / sample.labels.length;
      assert.ok(covered > 0.1 && covered < 0.4, `foreground ${covered}`);
    });
  }
});

describe('simulateCurationSample', () => {
  it('merging and excluding mask together leave the truth', () => {
    const sample = simulateCurationSample(1);
    let missing1 = 0;
    let missing2 = 0;
    for (let i = 0; i < sample.labels.length; i++) {
      if (sample.excludeMask[i] > 0) continue;
      const merged = sample.mergeMask[i] > 0 ? sample.seg2[i] : sample.seg1[i];
      assert.equal(merged, sample.labels[i]);
      if (sample.seg1[i] !== sample.labels[i]) missing1++;
      if (sample.seg2[i] !== sample.labels[i]) missing2++;
    }
    assert.ok(missing1 > 500 && missing2 > 500, `missing ${missing1} and ${missing2}`);
    assert.ok(sample.seg1.some((label, i) => label > 0 && sample.labels[i] === 0 && sample.excludeMask[i] > 0));
  });
});

function meanWhere(pixels: Uint16Array, keep: (index: number) => boolean): number {
  const kept = pixels.filter((_, i) => keep(i));
  return kept.reduce((sum, v) => sum + v, 0) / kept.length;
}
