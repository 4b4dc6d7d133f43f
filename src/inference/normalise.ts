import { scaleBands } from '../image/bands';
import type { ImageDescription } from '../image/description';
import { type Normalisation, type NormalisationRule, streamNormalisation } from '../image/normalisation';
import type { NormalisationChunk } from '../image/pixel-collector';
import type { TimePoint } from './time-point';

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
  const bands = [...scaleBands(timePoint.shape)];
  const coverage = ({ z, y, rows }: (typeof bands)[number]) => timePoint.coverage(channel, z, [y, y + rows]);
  const isThere = bands.some((band) => coverage(band)?.includes(1) ?? true);
  for (const band of bands) {
    const { z, y, rows } = band;
    yield { pixels: await timePoint.window(channel, z, [y, y + rows]), weight: isThere ? coverage(band) : null };
  }
}
