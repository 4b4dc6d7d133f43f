import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from '#yaml';
import { exportModel } from '../../src/exchange/export-model';
import { parseNpy } from '../../src/formats/numpy/npy';
import type { NormalisationRule } from '../../src/image/normalisation';
import type { ModelCard } from '../../src/models/card';
import type { NetworkSpec } from '../../src/network';
import { readZip } from '../../src/storage/zip/read-zip';
import { differing, medianOf, predicted, runAlone, testEngine, testImage, testModel } from './support';

const SCHEMA = path.resolve(__dirname, '../../../test/data/bioimageio/model-0.5.7.schema.json');
const PLANE: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
const STACK: NetworkSpec = {
  ...{ dimensions: 3, inChannels: 1, filters: [4, 8, 16] },
  strides: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
  ],
};
const LIMITS = { files: 20, bytes: 2 ** 26 };

/** As much of a description as running it takes. */
interface Description {
  inputs: Array<{
    axes: Array<{ type: string; id?: string; size?: { min: number; step: number } | number; channel_names?: string[] }>;
    test_tensor: { source: string; sha256: string };
    preprocessing: Array<{ id: string; kwargs: Record<string, number> & { axes?: string[] } }>;
  }>;
  outputs: Array<{ axes: Array<{ channel_names?: string[]; halo?: number }>; test_tensor: { source: string } }>;
  weights: { onnx: { source: string; sha256: string; opset_version: number } };
  covers: string[];
  documentation: string;
  authors: Array<{ name: string }>;
  license?: string;
}

describe('a package for bioimage.io', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const isDescription = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
  const cases: Array<[string, NetworkSpec, number[], [number, number, number], Partial<ModelCard>]> = [
    ['2D, normalised inside', PLANE, [64, 64], [1, 96, 80], {}],
    ['2D, percentiles', PLANE, [64, 64], [1, 96, 80], rule({ method: 'percentile-zscore', low: 0.5, high: 99.5 })],
    [
      '2D, a range, several channels',
      { ...PLANE, inChannels: 2 },
      [64, 64],
      [1, 64, 72],
      rule({ method: 'percentile-range', low: 1, high: 99.8, epsilon: 1e-6, isClipped: true }),
    ],
    [
      'fixed numbers of each channel',
      { ...PLANE, inChannels: 2 },
      [64, 64],
      [1, 64, 72],
      rule({ method: 'fixed', mean: [400, 500], std: [300, 250] }),
    ],
    ['3D with strides of each axis', STACK, [8, 32, 32], [8, 40, 36], {}],
    ['objects', { ...PLANE, outChannels: 3 }, [64, 64], [1, 96, 80], {}],
  ];
  for (const [name, spec, patch, size, changes] of cases) {
    it(`fits the official schema and makes, by itself, the mask that predict makes: ${name}`, async () => {
      const model = testModel(spec, patch, changes);
      const { bytes } = await exportModel({ card: model.card, network: 'model.onnx' }, model.onnx, 'bioimageio', {
        ...{ engine: testEngine, origin: { authors: ['A. Person'], licence: 'CC-BY-4.0' } },
      });
      const files = readZip(bytes, 'package', LIMITS);
      const read = (file: string) => files.get(file)?.read() ?? assert.fail(`${file} is missing`);
      const description = parse(Buffer.from(read('bioimageio.yaml')).toString()) as Description;
      isDescription(description);
      assert.deepEqual(isDescription.errors ?? [], []);
      const { authors, license } = description;
      assert.deepEqual([authors, license], [[{ name: 'A. Person' }], 'CC-BY-4.0']);
      assert.match(Buffer.from(read(description.documentation)).toString(), /Foreground lies above 0\.5/);
      assert.equal(Buffer.from(read(description.covers[0])).toString('latin1', 1, 4), 'PNG');
      const network = read(description.weights.onnx.source);
      assert.equal(createHash('sha256').update(network).digest('hex'), description.weights.onnx.sha256);

      const [input] = description.inputs;
      const test = parseNpy(read(input.test_tensor.source), 'test input');
      const expected = parseNpy(read(description.outputs[0].test_tensor.source), 'test output');
      const ran = await run(description, network, Float32Array.from(test.items as Float64Array), test.shape);
      assert.deepEqual(ran.dims, expected.shape);
      ran.data.forEach((value, i) => {
        assert.ok(Math.abs(value - (expected.items as Float64Array)[i]) <= 1e-4);
      });

      const reader = testImage(spec.inChannels, size);
      const map = await predicted(model, reader);
      const shape = [1, spec.inChannels, ...size.slice(3 - spec.dimensions)];
      const { data } = await run(description, network, Float32Array.from(reader.data), shape);
      assert.ok(differing(data, map, medianOf(map)) <= 1e-4);
      assert.equal(description.outputs[0].axes[1].channel_names?.length, spec.outChannels ?? 1);
    });
  }

  it('says which tiles the network takes, and what of them is to be cut off', async () => {
    const model = testModel(STACK, [8, 30, 32]);
    const { bytes } = await exportModel({ card: model.card, network: 'model.onnx' }, model.onnx, 'bioimageio', {
      ...{ engine: testEngine, origin: {} },
    });
    const text = Buffer.from(readZip(bytes, 'package', LIMITS).get('bioimageio.yaml')?.read() ?? []).toString();
    const { inputs, outputs } = parse(text) as Description;
    assert.deepEqual(
      inputs[0].axes.slice(2).map(({ size }) => size),
      [
        { min: 8, step: 2 },
        { min: 32, step: 4 },
        { min: 32, step: 4 },
      ],
    );
    assert.deepEqual(
      outputs[0].axes.slice(2).map(({ halo }) => halo),
      [1, 4, 4],
    );
  });
});

function rule(normalisation: NormalisationRule): Partial<ModelCard> {
  return { normalisation };
}

/** Runs a package as its description says: operations by name, then the network with ONNX Runtime. */
async function run(description: Description, network: Uint8Array, image: Float32Array, shape: number[]) {
  const channels = shape[1];
  const length = image.length / channels;
  const input = image.slice();
  for (const { id, kwargs } of description.inputs[0].preprocessing) {
    for (let channel = 0; channel < channels; channel++) {
      const part = input.subarray(channel * length, (channel + 1) * length);
      const of = (numbers: number | number[] = 0) => (Array.isArray(numbers) ? numbers[channel] : numbers);
      if (kwargs.axes) assert.deepEqual(kwargs.axes, ['z', 'y', 'x'].slice(5 - shape.length));
      part.set(OPERATIONS[id](part, kwargs, of));
    }
  }
  return runAlone(network, input, shape);
}

type Apply = (
  pixels: Float32Array,
  kwargs: Record<string, number>,
  of: (numbers: number | number[]) => number,
) => Float32Array;

/** As the specification words them; sums in double precision. */
const OPERATIONS: Record<string, Apply> = {
  scale_range: (pixels, { min_percentile, max_percentile, eps }) => {
    const [low, high] = [percentileOf(pixels, min_percentile), percentileOf(pixels, max_percentile)];
    return pixels.map((value) => (value - low) / (high - low + eps));
  },
  clip: (pixels, { min, max }) => pixels.map((value) => Math.min(Math.max(value, min), max)),
  zero_mean_unit_variance: (pixels, { eps }) => {
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
    return pixels.map((value) => (value - mean) / (Math.sqrt(variance) + eps));
  },
  fixed_zero_mean_unit_variance: (pixels, { mean, std }, of) => pixels.map((value) => (value - of(mean)) / of(std)),
};

function percentileOf(pixels: Float32Array, percent: number): number {
  const sorted = pixels.slice().sort();
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (position - below);
}
