import assert from 'node:assert/strict';
import { BACKENDS } from '../../src/engines/backends';
import type { Engine, PredictionModel } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { openImage } from '../../src/formats';
import { applyNormalisation } from '../../src/image/normalisation';
import type { Region, Zyx } from '../../src/image/region';
import { cutTile, type PlaneSource } from '../../src/inference/cut-tile';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles, type TilePlan, tileCount, tilePixels } from '../../src/inference/tiles';
import { addOverlap, noOverlap, overlapMetrics } from '../../src/metrics/overlap';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../src/network';
import { applyThreshold } from '../../src/thresholding/apply';
import { normalisationOf } from '../support/normalisation-of';
import { needShared } from '../support/shared-data';
import { predictInChild } from './predict-in-child';

const OPTIONS = { threads: 2, precision: 'float32' } as const;
const STEPS = 60;
const THRESHOLD = 0.5;
/** Masks differ in less than one voxel of so many. */
const ONE_IN = 10_000;
/** Masks that agree because they are empty, or noise, would prove nothing. */
const LEAST_DICE = 0.7;

interface RealImage {
  /** below `shared/data/real`; the mask has the same name */
  folder: string;
  file: string;
  region: Region;
  spec: NetworkSpec;
  patch: { z: number | null; y: number; x: number };
}

const IMAGES: Record<string, RealImage> = {
  'nuclei in 2D': {
    folder: 'nuclei2d-bbbc039/test',
    file: 'A02_s1.tif',
    region: { start: [0, 0, 0, 32, 32], size: [1, 1, 1, 160, 160] },
    spec: { dimensions: 2, inChannels: 1, filters: [4, 8] },
    patch: { z: null, y: 64, x: 64 },
  },
  'nuclei in 3D': {
    folder: 'nuclei3d-ovule/train',
    file: 'ovule_1136_z000-049.ome.tif',
    region: { start: [0, 0, 10, 20, 20], size: [1, 1, 16, 48, 48] },
    spec: { dimensions: 3, inChannels: 1, filters: [4, 8] },
    patch: { z: 16, y: 32, x: 32 },
  },
};

describe('masks of real images', function () {
  this.timeout(300_000);

  for (const [name, image] of Object.entries(IMAGES)) {
    describe(name, () => {
      let real: Pixels;
      let parameters: Float32Array;
      let expected: Uint8Array<ArrayBuffer>;

      before(async function () {
        const raw = needShared(this, `data/real/${image.folder}/raw/${image.file}`);
        const seg = needShared(this, `data/real/${image.folder}/seg/${image.file}`);
        real = await readPixels(raw, seg, image.region);
        const engine = await onnxOnCpu.open(OPTIONS);
        parameters = await train(engine, image, real);
        expected = await maskOf(engine, { spec: image.spec, parameters }, image, real);
        const counts = noOverlap();
        addOverlap(counts, expected, real.truth, null);
        const { dice } = overlapMetrics(counts);
        assert.ok(dice > LEAST_DICE, `the network has learned to a Dice of ${dice} only`);
      });

      it('are those of the published model, whatever form the engine writes the network in', async () => {
        const engine = await onnxOnCpu.open(OPTIONS);
        assertAgree(await maskOf(engine, buildPredictor(image.spec, parameters), image, real), expected);
      });

      for (const backend of BACKENDS.filter((one) => one !== onnxOnCpu)) {
        it(`are the same with ${backend.engine} on ${backend.device}`, async function () {
          const network = { spec: image.spec, parameters };
          const { values: pixels, shape } = real;
          const answer = await predictInChild(backend, { network, pixels, shape, plan: planOf(image, shape) });
          if ('unavailable' in answer) {
            console.log(`      skipped: ${answer.unavailable}`);
            return this.skip();
          }
          assertAgree(applyThreshold(answer.probabilities, THRESHOLD), expected);
        });
      }
    });
  }
});

interface Pixels {
  shape: Zyx;
  /** normalised */
  values: Float32Array;
  /** not 0 in the foreground */
  truth: Uint8Array<ArrayBuffer>;
}

async function readPixels(raw: string, seg: string, region: Region): Promise<Pixels> {
  const [pixels, truth] = await Promise.all([raw, seg].map((file) => readRegion(file, region)));
  const normalisation = await normalisationOf(pixels.dtype, [{ pixels: pixels.data }], raw);
  const [, , z, y, x] = region.size;
  const values = applyNormalisation(pixels.data, normalisation);
  return { shape: [z, y, x], values, truth: Uint8Array.from(truth.data) };
}

async function readRegion(file: string, region: Region) {
  const source = await openImage(file);
  try {
    return { data: await source.read(region), dtype: source.info.dtype };
  } finally {
    await source.close();
  }
}

/** A few steps on the tiles of the image itself: enough for a mask with borders of all kinds. */
async function train(
  engine: Engine,
  { spec, patch }: RealImage,
  { shape, values, truth }: Pixels,
): Promise<Float32Array> {
  const parameters = initialParameters(spec, 1);
  const zeros = () => new Float32Array(parameters.length);
  const start = { step: 0, parameters, average: zeros(), firstMoment: zeros(), secondMoment: zeros() };
  const size = [patch.z ?? 1, patch.y, patch.x].slice(-spec.dimensions);
  const options = { batchSize: 1, patch: size, loss: 'dice+bce' as const, weightDecay: 0, kernelRate: 2 };
  const session = await engine.createTraining(spec, options, start);
  const batches = tilesOf({ spec, patch }, shape, [values, Float32Array.from(truth, (v) => (v > 0 ? 1 : 0))]);
  for (let step = 0; step < STEPS; step++) {
    const [input, target] = batches[step % batches.length];
    const batch = { input, target, weight: new Float32Array(target.length).fill(1) };
    await session.steps([{ batch, learningRate: 0.01, averageDecay: 0 }]);
  }
  const trained = await session.readState();
  await session.dispose();
  return trained.parameters;
}

/** The same tiles of several images of one shape. */
function tilesOf({ spec, patch }: Pick<RealImage, 'spec' | 'patch'>, shape: Zyx, images: Float32Array[]) {
  const plan = planTiles({ dimensions: spec.dimensions, patch, divisor: divisor(spec), fixedSize: true }, shape, 0);
  const starts = plan.z.starts.flatMap((z) => plan.y.starts.flatMap((y) => plan.x.starts.map((x): Zyx => [z, y, x])));
  assert.equal(starts.length, tileCount(plan));
  return starts.map((start) =>
    images.map((image) => {
      const tile = new Float32Array(tilePixels(plan));
      cutTile(planesOf(image, shape), 1, plan, start, [false, false, false], tile, 0);
      return tile;
    }),
  );
}

function planesOf(image: Float32Array, [, sizeY, sizeX]: Zyx): PlaneSource {
  const plane = (_: number, z: number) => image.subarray(z * sizeY * sizeX, (z + 1) * sizeY * sizeX);
  return { plane, firstRow: 0, firstColumn: 0, width: sizeX };
}

async function maskOf(
  engine: Engine,
  model: PredictionModel,
  image: RealImage,
  { shape, values }: Pixels,
): Promise<Uint8Array<ArrayBuffer>> {
  const session = await engine.createPrediction(model);
  try {
    return applyThreshold(await predictVolume(session, values, [1, ...shape], planOf(image, shape)), THRESHOLD);
  } finally {
    await session.dispose();
  }
}

function planOf({ spec, patch }: RealImage, shape: Zyx): TilePlan {
  return planTiles({ dimensions: spec.dimensions, patch, divisor: divisor(spec) }, shape, 0.25);
}

function assertAgree(found: Uint8Array, expected: Uint8Array): void {
  assert.equal(found.length, expected.length);
  const different = found.reduce((sum, value, i) => sum + (value === expected[i] ? 0 : 1), 0);
  assert.ok(different * ONE_IN < found.length, `${different} of ${found.length} voxels differ`);
}
