import type { Random } from '../../../src/base/random';

/** Values at which counts, offsets and sizes of formats go wrong. */
const EXTREMES = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  16,
  127,
  128,
  255,
  256,
  32767,
  32768,
  65535,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const LONGEST_RUN = 64;

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const flipBit: Mutation = (bytes, random) => {
  const at = random.integer(bytes.length);
  bytes[at] ^= 1 << random.integer(8);
  return bytes;
};

const setByte: Mutation = (bytes, random) => {
  bytes[random.integer(bytes.length)] = random.integer(256);
  return bytes;
};

const fillRun: Mutation = (bytes, random) => {
  const at = random.integer(bytes.length);
  const value = random.chance(0.5) ? (random.chance(0.5) ? 0 : 255) : random.integer(256);
  return bytes.fill(value, at, Math.min(bytes.length, at + 1 + random.integer(LONGEST_RUN)));
};

/** An extreme integer in either byte order; fields of most formats begin at even places. */
const setExtreme: Mutation = (bytes, random) => {
  const size = [1, 2, 4, 8][random.integer(4)];
  if (bytes.length < size) return bytes;
  const at = random.integer(bytes.length - size + 1) & (random.chance(0.8) ? ~1 : ~0);
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(BigInt(EXTREMES[random.integer(EXTREMES.length)]) * (random.chance(0.1) ? 2n ** 31n : 1n));
  const part = value.subarray(0, size);
  if (random.chance(0.3)) part.reverse();
  part.copy(bytes, at);
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.integer(bytes.length));

const remove: Mutation = (bytes, random) => {
  const at = random.integer(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(LONGEST_RUN))]);
};

const insert: Mutation = (bytes, random) => {
  const at = random.integer(bytes.length);
  const added = Buffer.from(Array.from({ length: 1 + random.integer(LONGEST_RUN) }, () => random.integer(256)));
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
};

/** A piece of the file once more, over another place or between. */
const duplicate: Mutation = (bytes, random) => {
  const from = random.integer(bytes.length);
  const piece = Buffer.from(bytes.subarray(from, from + 1 + random.integer(bytes.length - from)));
  const to = random.integer(bytes.length);
  if (random.chance(0.5)) return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
  piece.copy(bytes, to);
  return bytes;
};

/** Each as often as it stands here: what only changes values gets further than what moves everything behind it. */
const MUTATIONS: readonly Mutation[] = (
  [
    [flipBit, 5],
    [setByte, 5],
    [fillRun, 3],
    [setExtreme, 7],
    [truncate, 1],
    [remove, 1],
    [insert, 1],
    [duplicate, 2],
  ] as const
).flatMap(([mutation, times]) => new Array<Mutation>(times).fill(mutation));

/** A damaged copy: one to six changes, drawn from `random`. */
export function mutate(original: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let i = 1 + random.integer(random.chance(0.5) ? 2 : 6); i > 0 && bytes.length > 0; i--) {
    bytes = MUTATIONS[random.integer(MUTATIONS.length)](bytes, random);
  }
  return bytes;
}
