import { Random } from '../src/base/random';
import { thresholdOf } from '../src/thresholding/methods';
import { measure, report } from './support/measure';

const SHAPE = [64, 1024, 1024];

/** Otsu's threshold of a probability-like map: a dark and a bright mode with noise. */
async function main(): Promise<void> {
  const random = new Random(1);
  const map = new Float32Array(SHAPE.reduce((product, n) => product * n, 1));
  for (let i = 0; i < map.length; i++) map[i] = (random.chance(0.2) ? 0.7 : 0.1) + 0.1 * random.uniform();
  const timing = await measure(() => thresholdOf('otsu', map), { warmUps: 1, runs: 5 });
  report('threshold', timing, { engine: 'javascript', device: 'cpu', threads: 1, shape: SHAPE, method: 'otsu' });
}

void main();
