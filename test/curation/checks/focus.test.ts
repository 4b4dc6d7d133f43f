import assert from 'node:assert/strict';
import { FocusMeasure } from '../../../src/curation/checks/focus';
import { ChannelStatistics } from '../../../src/curation/checks/intensities';
import { NUCLEI_2D, NUCLEI_3D, type SampleSet, simulateSample } from '../../../src/simulation/sample-sets';

const WIDTH = 11;
const PLANE = Uint16Array.of(
  ...[60035, 60048, 60062, 60058, 60047, 60050, 60066, 60076, 60056, 60050, 60050],
  ...[60042, 60049, 60061, 60055, 60053, 60053, 60068, 60064, 60053, 60045, 60051],
  ...[60051, 60056, 60060, 60046, 60045, 60048, 60065, 60052, 60054, 60048, 60063],
  ...[60050, 60053, 60059, 60057, 60048, 60042, 60051, 60051, 60055, 60041, 60043],
  ...[60048, 60049, 60047, 60047, 60041, 60037, 60047, 60050, 60056, 60044, 60044],
  ...[60044, 60039, 60035, 60044, 60046, 60041, 60049, 60050, 60054, 60039, 60034],
);

/** Of the first image of a set as another microscope takes it. */
function focusOf(set: SampleSet, change: Partial<SampleSet['microscope']> = {}): number {
  const { raw, shape } = simulateSample({ ...set, microscope: { ...set.microscope, ...change } }, 0);
  const [, , depth, height, width] = shape;
  const channel = new ChannelStatistics('uint16', true);
  for (let z = 0; z < depth; z++)
    channel.add(raw.subarray(z * height * width, (z + 1) * height * width), width, `${z}`);
  return channel.facts().focus ?? Number.NaN;
}

describe('FocusMeasure', () => {
  it('is what NumPy makes of the formula, whatever the bands', () => {
    for (const rows of [6, 1, 4]) {
      const measure = new FocusMeasure();
      for (let y = 0; y < 6; y += rows) measure.add(PLANE.subarray(y * WIDTH, (y + rows) * WIDTH), WIDTH);
      const { detail = 0, focus = 0 } = measure.result() ?? {};
      // c(k) = ((g[:, :-k] - m) * (g[:, k:] - m)).mean(); c(1) - c(2) and 1 - c(2) / c(1), NumPy 2.4.6
      assert.ok(Math.abs(detail - 32.43459595959538) < 1e-9, String(detail));
      assert.ok(Math.abs(focus - 1.0258411441258786) < 1e-10, String(focus));
    }
  });

  it('falls with blur, and neither with noise nor with less light', () => {
    const sharp = focusOf(NUCLEI_2D);
    const blurred = [2.5, 4, 6].map((sigma) => focusOf(NUCLEI_2D, { blur: [0, sigma, sigma] }));
    assert.ok(sharp > 1.3 * blurred[0] && blurred[0] > 1.1 * blurred[1] && blurred[1] > 1.1 * blurred[2]);
    for (const change of [{ readNoise: 30 }, { gain: 2, offset: 900 }, { photons: 20, background: 18 }]) {
      const other = focusOf(NUCLEI_2D, change);
      assert.ok(Math.abs(other / sharp - 1) < 0.1, `${JSON.stringify(change)}: ${other}, ${sharp}`);
    }
  });

  it('judges a stack by one plane, whose sharpness blur takes', () => {
    assert.ok(focusOf(NUCLEI_3D) > 1.5 * focusOf(NUCLEI_3D, { blur: [1.2, 4, 4] }));
  });

  it('says nothing of planes without detail, or with pixels that are no numbers', () => {
    const of = (...pixels: number[]) => {
      const measure = new FocusMeasure();
      measure.add(Float32Array.from(pixels), 4);
      return measure.result();
    };
    assert.equal(of(5, 5, 5, 5), null);
    assert.equal(of(1, 2, Number.NaN, 3), null);
    assert.equal(of(0, 9, 0, 9), null);
    assert.equal(new FocusMeasure().result(), null);
  });
});
