import { applyNormalisation, type NormalisationRule, streamNormalisation } from '../image/normalisation';

/**
 * Normalises an image in memory by its own statistics, channel by channel.
 * @param image [c, ...]
 * @param name of the image, for errors
 */
export async function normalised(
  image: Float32Array<ArrayBuffer>,
  channels: number,
  rule: NormalisationRule,
  name: string,
): Promise<Float32Array<ArrayBuffer>> {
  const length = image.length / channels;
  const result = new Float32Array(image.length);
  const isWhole = image.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 16);
  for (let channel = 0; channel < channels; channel++) {
    const part = image.subarray(channel * length, (channel + 1) * length);
    const pixels = isWhole ? Uint16Array.from(part) : part;
    async function* pieces() {
      yield { pixels };
    }
    const dtype = isWhole ? 'uint16' : 'float32';
    const found = await streamNormalisation(rule, dtype, length, pieces, name, { channel });
    applyNormalisation(pixels, found, result.subarray(channel * length, (channel + 1) * length));
  }
  return result;
}
