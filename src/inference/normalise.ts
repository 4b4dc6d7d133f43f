import type { ImageDescription } from '../image/description';
import { type Normalisation, type NormalisationRule, streamNormalisation } from '../image/normalisation';
import type { NormalisationChunk } from '../image/pixel-collector';
import type { Shape5 } from '../image/region';
import type { TimePoint } from './time-point';

/** Pixels a piece at most; fixed, because the order of summation must not depend on the memory there is. */
const PIECE = 2 ** 24;

/**
 * The normalisation of each channel of one time point, from all pixels that its file holds (from all where it holds none
 * of the channel), as the card asks for it.
 * With method `none` pixels are taken as the quantity they stand for (stored value times the image's scale).
 * @throws SegmenterError `invalid-input` on NaN pixels
 */
export async function measureNormalisations(
  timePoint: TimePoint,
  description: Pick<ImageDescription, 'id' | 'channels' | 'scale'>,
  rule: NormalisationRule,
): Promise<Normalisation[]> {
  const [, channels, sizeZ, sizeY, sizeX] = timePoint.shape;
  const normalisations: Normalisation[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const name = `${description.id}, channel ${description.channels[channel]?.name ?? channel}`;
    const pieces = () => channelPieces(timePoint, channel);
    const { dtype } = timePoint;
    const { scale } = description;
    normalisations.push(await streamNormalisation(rule, dtype, sizeZ * sizeY * sizeX, pieces, name, scale));
  }
  return normalisations;
}

async function* channelPieces(timePoint: TimePoint, channel: number): AsyncGenerator<NormalisationChunk> {
  const pieces = [...piecesOf(timePoint.shape)];
  const isThere = pieces.some(({ z, rows }) => timePoint.coverage(channel, z, rows)?.includes(1) ?? true);
  for (const { z, rows } of pieces) {
    const weight = isThere ? timePoint.coverage(channel, z, rows) : null;
    yield { pixels: await timePoint.window(channel, z, rows), weight };
  }
}

function* piecesOf([, , sizeZ, sizeY, sizeX]: Readonly<Shape5>): Generator<{ z: number; rows: [number, number] }> {
  const rows = Math.max(1, Math.floor(PIECE / sizeX));
  for (let z = 0; z < sizeZ; z++) {
    for (let y = 0; y < sizeY; y += rows) yield { z, rows: [y, Math.min(y + rows, sizeY)] };
  }
}
