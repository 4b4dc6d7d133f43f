import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { type Static, type TSchema, Type } from '#typebox';
import { CorruptFileError, messageOf } from '../../base/errors';
import { product } from '../../base/numbers';
import { validate } from '../../base/schema';
import { bytesOf, viewAs } from '../../image/dtype';
import { CalibrationMeter } from '../../metrics/calibration-error';
import { binsOfProbabilities } from '../../metrics/probability-histogram';
import type { ObservedMap, ObservedObjects } from '../observer';
import { glimpse } from './glimpse';

/*
 * Maps of images that weights had not learned from, as a training's folder keeps them until its report is written: at which
 * threshold, and in which form, they are judged is known only at the end. A training computes nothing from them.
 */

/** Compressing is to cost little beside predicting. */
const LEVEL = 1;
const pack = promisify(deflate);
const unpack = promisify(inflate);

/** Bits of a voxel's state. */
export const TRUE_BIT = 1;
export const COUNTS_BIT = 2;
/** Probabilities and distances are kept as whole numbers of so many parts. */
const PARTS = 2 ** 16 - 1;

const Whole = Type.Integer({ minimum: 0 });
const Size = Type.Tuple([Whole, Whole, Whole]);
const Share = Type.Number({ minimum: 0, maximum: 1 });
const MapHeader = Type.Object({
  id: Type.String(),
  /** [z, y, x] */
  size: Size,
  /** the image is larger than what was judged of it */
  isPart: Type.Boolean(),
  /** of the probabilities; null: no voxel counts */
  calibration: Type.Union([
    Type.Null(),
    Type.Object({
      ece: Share,
      brier: Share,
      bins: Type.Array(
        Type.Object({
          ...{ from: Share, to: Share, pixels: Type.Number({ minimum: 0 }) },
          // Means of many numbers up to 1 may be above it by their rounding.
          ...{ predicted: Type.Number({ minimum: 0 }), observed: Type.Number({ minimum: 0 }) },
        }),
      ),
    }),
  ]),
  /** a small view: every `step`-th pixel of plane `z`, the first plane of the image's being 0 */
  view: Type.Object({ plane: Whole, z: Whole, step: Whole, width: Whole, height: Whole }),
});
const ObjectsHeader = Type.Object({
  id: Type.String(),
  size: Size,
  /** of voxels along [z, y, x] */
  spacing: Type.Tuple([Type.Number(), Type.Number(), Type.Number()]),
  /** the image is larger than what is here */
  isPart: Type.Boolean(),
});

/** A map as it was kept. */
export interface KeptMap extends Static<typeof MapHeader> {
  /** bin of each voxel's probability */
  bins: Uint8Array;
  /** of each voxel: {@link TRUE_BIT}, {@link COUNTS_BIT} */
  state: Uint8Array;
  /** the view of the image's first channel, normalised, [y, x] */
  raw: Float32Array;
}

/** What tells objects apart in a part of an image, as it was kept. */
export interface KeptObjects extends Static<typeof ObjectsHeader> {
  /** foreground, boundary and centre, [3, z, y, x] */
  maps: Float32Array<ArrayBuffer>;
  /** of true objects, [z, y, x] */
  numbers: Int32Array;
  /** 0: nothing is judged, [z, y, x] */
  weight: Uint8Array;
}

/** Packs a map; of its probabilities what any threshold asks of them. */
export async function packMap({ item, pixels }: ObservedMap): Promise<Buffer> {
  const { size, target, weight } = pixels;
  const voxels = product(size);
  const probabilities = pixels.probabilities.subarray(0, voxels);
  const meter = new CalibrationMeter();
  meter.add(probabilities, target.subarray(0, voxels), weight.subarray(0, voxels));
  const state = new Uint8Array(voxels);
  for (let i = 0; i < voxels; i++) state[i] = (target[i] ? TRUE_BIT : 0) | (weight[i] ? COUNTS_BIT : 0);
  const { plane, step, width, height, raw } = glimpse(item.id, pixels);
  const header: Static<typeof MapHeader> = {
    ...{ id: item.id, size: [...size], isPart: voxels < product(item.image.shape), calibration: meter.result() },
    view: { plane, z: item.predicted.start[0] + plane, step, width, height },
  };
  return packed(header, [binsOfProbabilities(probabilities), state, bytesOf(raw)]);
}

/** Unpacks a map. @param name for errors @throws CorruptFileError where it is damaged */
export async function unpackMap(bytes: Uint8Array, name: string): Promise<KeptMap> {
  const { header, body } = await unpacked(bytes, MapHeader, name);
  const voxels = product(header.size);
  const { width, height } = header.view;
  const [bins, state, raw] = cut(body, [voxels, voxels, 4 * width * height], name);
  return { ...header, bins, state, raw: viewAs('float32', new Uint8Array(raw)) };
}

/** Packs what tells objects apart. */
export async function packObjects({
  item,
  maps,
  numbers,
  weight,
  size,
  spacing,
  isPart,
}: Omit<ObservedObjects, 'item' | 'fold' | 'index'> & { item: { id: string } }): Promise<Buffer> {
  const header: Static<typeof ObjectsHeader> = { id: item.id, size: [...size], spacing: [...spacing], isPart };
  const whole = Uint16Array.from(maps, (value) => Math.round(PARTS * Math.min(1, Math.max(0, value))));
  return packed(header, [bytesOf(whole), bytesOf(numbers.slice()), weight]);
}

/** Unpacks what tells objects apart. @param name for errors @throws CorruptFileError where it is damaged */
export async function unpackObjects(bytes: Uint8Array, name: string): Promise<KeptObjects> {
  const { header, body } = await unpacked(bytes, ObjectsHeader, name);
  const voxels = product(header.size);
  const [whole, numbers, weight] = cut(body, [6 * voxels, 4 * voxels, voxels], name);
  const maps = Float32Array.from(viewAs('uint16', new Uint8Array(whole)), (value) => value / PARTS);
  return { ...header, maps, numbers: viewAs('int32', new Uint8Array(numbers)), weight };
}

/** Length of the header, the header as JSON, and arrays one after another; what zlib wrote has a checksum. */
function packed(header: object, arrays: readonly Uint8Array[]): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return pack(Buffer.concat([length, json, ...arrays]), { level: LEVEL });
}

async function unpacked<T extends TSchema>(
  bytes: Uint8Array,
  schema: T,
  name: string,
): Promise<{ header: Static<T>; body: Buffer }> {
  try {
    const content = await unpack(bytes);
    const end = 4 + content.readUInt32LE(0);
    const header = validate(schema, JSON.parse(content.subarray(4, end).toString('utf8')), 'map');
    return { header, body: content.subarray(end) };
  } catch (cause) {
    throw new CorruptFileError(name, `is no map of a training: ${messageOf(cause)}`, {}, { cause });
  }
}

function cut(body: Buffer, lengths: readonly number[], name: string): Uint8Array[] {
  const expected = lengths.reduce((sum, length) => sum + length, 0);
  if (body.length !== expected) throw new CorruptFileError(name, `expected ${expected} bytes, found ${body.length}`);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return body.subarray(at - length, at);
  });
}
