import { throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/long-work';
import type { Engine, Step, TrainingSession, TrainingState } from '../engines/engine';
import { patchSize } from '../patches/plan';
import { firstState } from './checkpoints/begin';
import type { Clock } from './clock';
import { BatchMaker } from './data/batches';
import type { RareForeground } from './data/rare-foreground';
import type { TrainingImage } from './data/training-image';
import type { Speed } from './plan';
import type { Preparation } from './prepare';
import { firstParameters } from './starters';

/** Steps that are measured at least, after some that warm up; fewer where they take much of the time. */
const FEWEST_STEPS = 5;
const FEWEST_SLOW_STEPS = 2;
/** Seconds that steps are measured for, and predictions, but no more than a share of the planned time. */
const STEP_SECONDS = 2.5;
const PREDICTION_SECONDS = 1;
const SHARE = 0.02;
/** Share of the planned time from which steps are slow. */
const SLOW_SHARE = 0.05;
/** A clock that stands still measures nothing. */
const MOST = 500;

/** A session that trains the network of a preparation from a state on. */
export function openTraining(
  { spec, plan, settings, recipe }: Preparation,
  engine: Engine,
  state: TrainingState,
  rare: RareForeground | null,
): Promise<TrainingSession> {
  const options = {
    batchSize: settings.batchSize,
    patch: [...(plan.sizeZ === null ? [] : [plan.sizeZ]), plan.sizeY, plan.sizeX],
    loss: settings.loss,
    ...(rare ? { diceSmoothing: rare.diceSmoothing } : {}),
    weightDecay: recipe.weightDecay,
    kernelRate: recipe.kernelRate,
  };
  return engine.createTraining(spec, options, state);
}

interface Measuring {
  clock: Clock;
  /** that the training may take */
  seconds: number;
  signal?: AbortSignal;
}

/**
 * Measures how long steps and predictions of a training take on this machine, with weights that are thrown away.
 * @throws CancelledError
 */
export async function measureSpeed(
  preparation: Preparation,
  images: readonly TrainingImage[],
  engine: Engine,
  measuring: Measuring,
): Promise<Speed> {
  const steps = await measureSteps(preparation, images, engine, measuring);
  return { ...steps, voxel: await measurePrediction(preparation, engine, measuring) };
}

async function measureSteps(
  preparation: Preparation,
  images: readonly TrainingImage[],
  engine: Engine,
  { clock, seconds, signal }: Measuring,
): Promise<Omit<Speed, 'voxel'>> {
  const began = clock.seconds();
  const session = await openTraining(preparation, engine, firstState(firstParameters(preparation)), null);
  try {
    const batches = new BatchMaker(images, preparation, session.stepsAtOnce);
    const take = async (first: number, count: number) => {
      await eventLoopTurn();
      throwIfCancelled(signal, 'the training');
      const steps: Step[] = [];
      for (let step = first; step < first + count; step++) {
        steps.push({ batch: await batches.make(step), learningRate: 1e-6, averageDecay: 0.9 });
      }
      await session.steps(steps);
    };
    // The first call of each size makes the session ready.
    const sizes = [...new Set([1, session.stepsAtOnce])];
    for (const size of sizes) await take(0, size);
    const from = clock.seconds();
    const since = () => clock.seconds() - from;
    const isEnough = (done: number) =>
      done >= FEWEST_STEPS
        ? since() >= Math.min(STEP_SECONDS, SHARE * seconds)
        : done >= FEWEST_SLOW_STEPS && since() > SLOW_SHARE * seconds;
    let done = 0;
    for (; done < MOST && !isEnough(done); done += session.stepsAtOnce) await take(done, session.stepsAtOnce);
    const step = since() / done;
    const warmUp = step * sizes.reduce((sum, size) => sum + size, 0);
    return { step, opening: Math.max(0, from - began - warmUp) };
  } finally {
    await session.dispose();
  }
}

/** @returns seconds of a voxel */
async function measurePrediction(
  preparation: Preparation,
  engine: Engine,
  { clock, seconds, signal }: Measuring,
): Promise<number> {
  const { spec, plan } = preparation;
  const session = await engine.createPrediction({ spec, parameters: firstParameters(preparation) });
  try {
    const size = patchSize(plan);
    const voxels = size[0] * size[1] * size[2];
    const predict = async () => {
      await eventLoopTurn();
      throwIfCancelled(signal, 'the training');
      await session.predict(new Float32Array(spec.inChannels * voxels), [
        ...[1, spec.inChannels],
        ...size.slice(3 - spec.dimensions),
      ]);
    };
    await predict();
    const from = clock.seconds();
    const enough = Math.min(PREDICTION_SECONDS, SHARE * seconds);
    let count = 0;
    do {
      await predict();
      count++;
    } while (count < MOST && clock.seconds() - from < enough);
    return (clock.seconds() - from) / (count * voxels);
  } finally {
    await session.dispose();
  }
}
