import { SegmenterError } from '../../base/errors';
import { PHOTOMETRIC } from './tags';

/** What a codec is told of the block beside its bytes. */
export interface BlockContext {
  /** bytes that the decoded block has at most; shorter blocks at the lower edge are fine */
  size: number;
  width: number;
  samples: number;
  photometric: number;
  jpegTables: Uint8Array<ArrayBuffer> | null;
}

/** JPEG blocks (8 bit): geotiff's decoder gives the components as stored; YCbCr becomes RGB here. */
export async function decodeJpeg(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { width, size, samples } = context;
  const frame = jpegFrame(bytes);
  // The decoder trusts the frame, which may claim 65535 x 65535 pixels.
  if (frame.width !== width || frame.components !== samples || frame.width * frame.height * samples > size) {
    throw new Error(`the JPEG has ${frame.height} x ${frame.width} pixels of ${frame.components} components`);
  }
  const decoded = await decodeWithGeotiff(bytes, context.jpegTables);
  if (context.photometric === PHOTOMETRIC.ycbcr && context.samples === 3) toRgb(decoded);
  return decoded;
}

/** The size in a JPEG's start-of-frame segment (ITU-T T.81, B.2.2). */
function jpegFrame(bytes: Uint8Array): { width: number; height: number; components: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= bytes.length; ) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9] };
    at += 2 + view.getUint16(at + 2);
  }
  throw new Error('the JPEG has no frame');
}

async function decodeWithGeotiff(bytes: Uint8Array, jpegTables: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array> {
  const { getDecoder } = await import('geotiff').catch((error: Error) => {
    throw new SegmenterError('internal', `the package geotiff cannot be loaded: ${error.message}`);
  });
  // The block layout is ours: with predictor 1 the decoder leaves the bytes as they are.
  const parameters = {
    tileWidth: 1,
    tileHeight: 1,
    predictor: 1,
    bitsPerSample: 8,
    planarConfiguration: 1,
    ...(jpegTables ? { JPEGTables: jpegTables } : {}),
  };
  const decoder = await getDecoder(7, parameters);
  return new Uint8Array(await decoder.decode(bytes.slice().buffer));
}

/** ITU-R BT.601 full range, as in JFIF; in place. */
function toRgb(pixels: Uint8Array): void {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const y = pixels[i];
    const cb = pixels[i + 1] - 128;
    const cr = pixels[i + 2] - 128;
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
}
