import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { validate } from '../../src/base/schema';
import {
  addProbabilities,
  binLogits,
  binOf,
  emptyBins,
  firstBinAbove,
  HistogramJsonSchema,
  histogramFromJson,
  histogramToJson,
  logit,
  noProbabilities,
  sigmoid,
  THRESHOLD_GRID,
} from '../../src/metrics/probability-histogram';
import { applyThreshold } from '../../src/thresholding/apply';

describe('metrics/probability-histogram', () => {
  it('puts a probability above a threshold as applying it does, and above all lower edges', () => {
    const random = new Random(3);
    const near = THRESHOLD_GRID.flatMap((t) => [t, Math.fround(t), t - 1e-7, t + 1e-7]);
    const probabilities = [0, 1, ...near, ...Array.from({ length: 3000 }, () => sigmoid(6 * random.normal()))];
    for (const p of probabilities) {
      const bin = binOf(p);
      for (const t of THRESHOLD_GRID) {
        assert.equal(bin >= firstBinAbove(t), applyThreshold(Float32Array.of(p), t)[0] !== 0, `${p} at ${t}`);
      }
    }
    const sorted = Float32Array.from(probabilities).sort();
    const bins = Array.from(sorted, binOf);
    assert.deepEqual(
      bins,
      [...bins].sort((a, b) => a - b),
    );
    assert.equal(bins[0], 0);
    assert.equal(bins.at(-1), emptyBins().length - 1);
  });

  it('tells apart what a network is sure of, with bins that stand for what is in them', () => {
    const logits = binLogits();
    for (let z = -11.4; z < 11.4; z += 0.01) {
      const found = logits[binOf(sigmoid(z))];
      // steps of 0.43 beyond the thresholds, of 0.2 and less between
      assert.ok(Math.abs(found - z) < (Math.abs(z) > logit(0.95) ? 0.23 : 0.12), `${z}: ${found}`);
    }
    assert.ok(new Set([1e-6, 3e-5, 1e-4, 1e-3, 1e-2].map(binOf)).size === 5);
    assert.ok(new Set([1e-6, 3e-5, 1e-4, 1e-3, 1e-2].map((p) => binOf(1 - p))).size === 5);
  });

  it('comes back from JSON to the last count, in a few kB', () => {
    const histogram = noProbabilities();
    const random = new Random(4);
    const probability = Float32Array.from({ length: 5000 }, () => random.uniform());
    addProbabilities(
      histogram,
      probability,
      probability.map((p) => (random.chance(p) ? 1 : 0)),
      null,
    );
    const text = JSON.stringify(histogramToJson(histogram));
    assert.ok(text.length < 4000);
    const read = histogramFromJson(validate(HistogramJsonSchema, JSON.parse(text), 'histogram'));
    assert.deepEqual(read, histogram);
    const { foreground } = histogramToJson(histogram);
    assert.throws(() => validate(HistogramJsonSchema, { foreground, background: foreground.slice(1) }, 'histogram'));
    assert.throws(() => validate(HistogramJsonSchema, { foreground, background: [-1, ...foreground.slice(1)] }, 'h'));
  });

  it('has logits that probabilities come back from', () => {
    for (const p of [1e-6, 0.3, 0.5, 0.999]) assert.ok(Math.abs(sigmoid(logit(p)) - p) < 1e-12);
    assert.deepEqual([sigmoid(-800), sigmoid(800)], [0, 1]);
  });
});
