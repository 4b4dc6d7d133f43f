import { createHash } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ProtobufWriter } from '../../src/graph/onnx/protobuf';
import type { ModelCard } from '../../src/models/card';
import type { CardFields } from '../../src/models/publish';

/** A folder that is gone after the test file's suite. */
export function scratchFolder(): () => string {
  let folder = '';
  before(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'segmenter-test-')));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** The card of a small network, as its maker knows it. */
export function cardFields(changes: Partial<CardFields> = {}): CardFields {
  const axes = (changes.dimensions ?? 2) === 2 ? 'NCYX' : 'NCZYX';
  return {
    name: 'nuclei',
    architecture: { type: 'residual-unet', filters: [4, 8] },
    dimensions: 2,
    channels: [{ index: 0, name: 'dna' }],
    pixelSize: { z: null, y: 0.5, x: 0.5 },
    input: { name: 'input', axes },
    output: { name: 'probability', axes },
    normalisation: { method: 'percentile-zscore', low: 0.5, high: 99.5 },
    patch: { z: axes === 'NCYX' ? null : 16, y: 32, x: 32 },
    divisor: 2,
    threshold: 0.5,
    selection: { by: 'validation Dice' },
    recipe: {},
    metrics: {},
    data: [],
    ...changes,
  };
}

/** A whole card. */
export function modelCard(changes: Partial<ModelCard> = {}): ModelCard {
  const sha256 = createHash('sha256').update('').digest('hex');
  const made = {
    format: 'segmenter-model',
    formatVersion: 1,
    version: 'v1',
    created: '2026-01-01T00:00:00.000Z',
  } as const;
  return { ...cardFields(changes), ...made, sha256, ...changes };
}

/** The bytes of a model.onnx that computes nothing and differs by its name. */
export function namedOnnx(name: string): Uint8Array {
  return new ProtobufWriter().integer(1, 10).string(2, name).finish();
}
