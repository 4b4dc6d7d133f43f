import { SegmenterError } from '../../../base/errors';

/**
 * One of geotiff's decoders of blocks. The layout of blocks is ours: told of one pixel without a predictor, the decoder
 * leaves the decoded bytes as they are.
 * @param compression as in the tag 259
 * @param parameters what the decoder needs beside the bytes, by geotiff's names
 */
export async function geotiffDecoder(
  compression: number,
  parameters: Record<string, unknown>,
): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const { getDecoder } = await import('geotiff').catch((error: Error) => {
    throw new SegmenterError('internal', `the package geotiff cannot be loaded: ${error.message}`);
  });
  const onePixel = { tileWidth: 1, tileHeight: 1, predictor: 1, bitsPerSample: 8, planarConfiguration: 1 as const };
  const decoder = await getDecoder(compression, { ...onePixel, ...parameters });
  // A copy, for the bytes may lie in a larger buffer.
  return async (bytes) => new Uint8Array(await decoder.decode(new Uint8Array(bytes).buffer));
}
