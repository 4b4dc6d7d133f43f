import { PHOTOMETRIC } from '../tags';
import type { BlockContext } from './block-context';
import { geotiffDecoder } from './geotiff';

/**
 * JPEG blocks (8 bit): geotiff's decoder gives the components as stored; YCbCr becomes RGB here. What they are says the
 * stream, for QuPath and Bio-Formats write ordinary JFIF below a tag that says RGB; the tag counts where it says nothing.
 */
export async function decodeJpeg(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { width, size, samples, jpegTables } = context;
  const { frame, colours } = readSegments(bytes);
  if (!frame) throw new Error('the JPEG has no frame');
  // The decoder trusts the frame, which may claim 65535 x 65535 pixels.
  if (frame.width !== width || frame.ids.length !== samples || frame.width * frame.height * samples > size) {
    throw new Error(`the JPEG has ${frame.height} x ${frame.width} pixels of ${frame.ids.length} components`);
  }
  const decoded = await decodeWithGeotiff(bytes, jpegTables);
  const stated = colours ?? (jpegTables ? readSegments(jpegTables).colours : null) ?? coloursOfIds(frame.ids);
  const ycbcr = stated === null ? context.photometric === PHOTOMETRIC.ycbcr : stated === 'ycbcr';
  if (ycbcr && samples === 3) toRgb(decoded);
  return decoded;
}

type Colours = 'rgb' | 'ycbcr';

interface Segments {
  /** null in a stream of tables alone */
  frame: { width: number; height: number; ids: readonly number[] } | null;
  /** what the markers of the application say, JFIF before Adobe as in libjpeg; null where there is none */
  colours: Colours | null;
}

const [APP0, APP14, START_OF_SCAN, FILL] = [0xffe0, 0xffee, 0xffda, 0xffff];

/** The segments before the pixels (ITU-T T.81, B.2; JFIF; Adobe's technical note 5116). */
function readSegments(bytes: Uint8Array): Segments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  let [jfif, adobe]: [boolean, Colours | null] = [false, null];
  let frame: Segments['frame'] = null;
  for (let at = 2; at + 4 <= bytes.length && !frame; ) {
    const marker = view.getUint16(at);
    if (marker === START_OF_SCAN || marker < 0xff00) break;
    if (marker === FILL) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (marker === APP0 && text(at + 4, 5) === 'JFIF\0') jfif = true;
    if (marker === APP14 && length >= 14 && text(at + 4, 5) === 'Adobe') adobe = bytes[at + 15] === 1 ? 'ycbcr' : 'rgb';
    if (isFrame && at + 10 <= bytes.length) {
      const ids = Array.from({ length: bytes[at + 9] }, (_, i) => bytes[at + 10 + 3 * i]);
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), ids };
    }
    at += 2 + length;
  }
  return { frame, colours: jfif ? 'ycbcr' : adobe };
}

/** Components that are named with the letters of their colours. */
function coloursOfIds(ids: readonly number[]): Colours | null {
  return String.fromCharCode(...ids).toUpperCase() === 'RGB' ? 'rgb' : null;
}

async function decodeWithGeotiff(bytes: Uint8Array, jpegTables: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array> {
  const decode = await geotiffDecoder(7, jpegTables ? { JPEGTables: jpegTables } : {});
  return decode(bytes);
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
