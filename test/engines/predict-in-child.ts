import { fork } from 'node:child_process';
import { once } from 'node:events';
import { BACKENDS } from '../../src/engines/backends';
import type { Backend, KnownNetwork } from '../../src/engines/engine';
import { EngineUnavailableError } from '../../src/engines/unavailable';
import type { Zyx } from '../../src/image/region';
import { predictVolume } from '../../src/inference/predict-volume';
import type { TilePlan } from '../../src/inference/tiles';

/** What to predict: one channel, normalised, C order over [z, y, x]. */
export interface ChildRequest {
  network: KnownNetwork;
  pixels: Float32Array;
  shape: Zyx;
  plan: TilePlan;
}

/** The probabilities, or why this machine does not have the backend. */
export type ChildAnswer = { probabilities: Float32Array<ArrayBuffer> } | { unavailable: string };

/**
 * Predicts on one backend, in a process of its own: a library's choice of device holds for a whole process, and a driver
 * that crashes shall fail one test only.
 */
export async function predictInChild(
  { engine, device }: Pick<Backend, 'engine' | 'device'>,
  request: ChildRequest,
): Promise<ChildAnswer> {
  const child = fork(__filename, [engine, device], { serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${engine} on ${device}: the process ended with ${signal ?? `code ${code}`} before it answered`);
  });
  ended.catch(() => undefined);
  child.send(request);
  try {
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [ChildAnswer];
    return answer;
  } finally {
    child.kill('SIGKILL');
  }
}

async function answer({ network, pixels, shape, plan }: ChildRequest): Promise<ChildAnswer> {
  const [, , name, place] = process.argv;
  const backend = BACKENDS.find(({ engine, device }) => engine === name && device === place);
  if (!backend) throw new Error(`no backend ${name} on ${place}`);
  try {
    const engine = await backend.open({ threads: 2, precision: 'float32' });
    const session = await engine.createPrediction(network);
    const probabilities = await predictVolume(session, pixels, [1, ...shape], plan);
    await session.dispose();
    return { probabilities };
  } catch (error) {
    if (error instanceof EngineUnavailableError) return { unavailable: error.message };
    throw error;
  }
}

if (require.main === module) {
  // the test has ended without waiting
  process.once('disconnect', () => process.exit(1));
  process.once('message', (request: ChildRequest) => {
    void answer(request).then((message) => process.send?.(message));
  });
}
