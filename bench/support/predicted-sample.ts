import type { Engine } from '../../src/engines/engine';
import type { ImageDescription } from '../../src/image/description';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { addProbabilities, noProbabilities, type ProbabilityHistogram } from '../../src/metrics/probability-histogram';
import { emptyPixels } from '../../src/patches/patch-pixels';
import type { Sample } from '../../src/samples/sample';
import { openPart } from '../../src/training/data/open-part';
import { TrainingImage } from '../../src/training/data/training-image';
import type { Preparation } from '../../src/training/prepare';
import type { TrainingResult } from '../../src/training/result';
import { geometryOf, type ImagePredictor } from '../../src/training/validation/validate';

export const predict: ImagePredictor = (session, pixels, shape, geometry, signal) => {
  const plan = planTiles(geometry, [shape[1], shape[2], shape[3]], 0.25);
  return predictVolume(session, pixels, shape, plan, {
    mirror: geometry.mirror,
    outputs: geometry.mapChannels,
    signal,
  });
};

type Trained = Pick<Preparation, 'spec' | 'plan' | 'normalisation'> & { engine: Engine };

/** The probabilities of an image of one channel that was not trained on, predicted as a validation image is, by its truth. */
export async function predictedSample(
  { id, raw, target }: Sample,
  { parameters, moments, tiles, outcome }: TrainingResult,
  { engine, ...trained }: Trained,
): Promise<ProbabilityHistogram> {
  const parts = {
    ...{ id, t: 0, shape: raw.shape, dtype: raw.dtype, channelNames: ['image'], anisotropy: 1, weight: null },
    raw: await openPart(raw, { role: 'raw', id }),
    target: await openPart(target as ImageDescription, { role: 'target', id }),
  };
  const image = await TrainingImage.load(parts, trained.normalisation, true, false);
  const session = await engine.createPrediction({ spec: trained.spec, parameters, ...(moments ? { moments } : {}) });
  try {
    const pixels = emptyPixels();
    await image.read([0, 0, 0], image.shape, pixels);
    const voxels = image.shape[0] * image.shape[1] * image.shape[2];
    const geometry = { ...geometryOf(trained, tiles), ...(outcome?.mirror ? { mirror: true } : {}) };
    const map = await predict(session, pixels.image.slice(0, voxels), [1, ...image.shape], geometry);
    const histogram = noProbabilities();
    addProbabilities(histogram, map, pixels.target.subarray(0, voxels), null);
    return histogram;
  } finally {
    await session.dispose();
  }
}
