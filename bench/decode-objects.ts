import { count, type Zyx } from '../src/image/region';
import { decode, finished } from '../src/objects/decode';
import { grow } from '../src/objects/grow';
import { neckEvidence } from '../src/objects/necks';
import { DEFAULT_DECODING } from '../src/objects/settings';
import { touchingBalls } from '../test/objects/balls';
import { measure, report } from './support/measure';

const PIECE: Zyx = [64, 128, 128];
const SIDE = 512;

/** Objects of 64 x 512 x 512 told apart: from the three maps of a model of objects, and by the necks of a mask. */
async function main(): Promise<void> {
  const piece = touchingBalls(PIECE, 200, 12, 1, 0.2);
  const shape: Zyx = [PIECE[0], SIDE, SIDE];
  const maps = { foreground: new Float32Array(0), boundary: new Float32Array(0), centre: new Float32Array(0) };
  const fresh = () => {
    for (const name of ['foreground', 'boundary', 'centre'] as const) maps[name] = repeated(piece.maps[name], shape);
  };
  const details = { engine: 'javascript', device: 'cpu', threads: 1, shape };
  let found = 0;
  fresh();
  const foreground = maps.foreground.reduce((sum, v) => sum + v, 0) / count(shape);
  // Maps are smoothed in place: the second run is of smoother ones, and as long.
  const timing = await measure(
    () => {
      found = decode(maps, shape, [2, 1, 1], DEFAULT_DECODING).count;
    },
    { warmUps: 1, runs: 3 },
  );
  report('decode-objects', timing, { ...details, foreground, objects: found });
  fresh();
  const mask = Uint8Array.from(maps.foreground);
  const necks = await measure(
    () => {
      found = finished(grow(finished(neckEvidence(mask, shape, [2, 1, 1])), shape)).count;
    },
    { warmUps: 0, runs: 3 },
  );
  report('decode-objects: necks', necks, { ...details, foreground, objects: found });
}

/** A piece again and again along y and x. */
function repeated(piece: Float32Array, [depth, height, width]: Zyx): Float32Array<ArrayBuffer> {
  const out = new Float32Array(depth * height * width);
  for (let row = 0; row < depth * height; row++) {
    const y = row % height;
    const z = (row - y) / height;
    const from = (z * PIECE[1] + (y % PIECE[1])) * PIECE[2];
    for (let x = 0; x < width; x += PIECE[2]) out.set(piece.subarray(from, from + PIECE[2]), row * width + x);
  }
  return out;
}

void main();
