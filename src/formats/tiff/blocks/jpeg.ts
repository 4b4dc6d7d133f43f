import { PHOTOMETRIC } from '../tags';
import { type BlockContext, NotDecoded } from './block-context';

/** Components that libvips takes. */
const DECODED = [1, 3, 4];

/**
 * Decodes JPEG blocks (8 bit) by libjpeg, through sharp: YCbCr becomes RGB, all else stays as it is stored. What the
 * components are says the stream, for QuPath and Bio-Formats write ordinary JFIF below a tag that says RGB; the tag counts
 * where it says nothing.
 */
export async function decodeJpeg(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { width, size, samples, jpegTables } = context;
  const stream = readSegments(bytes);
  const tables = jpegTables ? readSegments(jpegTables) : null;
  const { frame } = stream;
  if (!frame) throw new Error('the JPEG has no frame');
  // The decoder trusts the frame, which may claim 65535 x 65535 pixels.
  if (frame.width !== width || frame.ids.length !== samples || frame.width * frame.height * samples > size) {
    throw new Error(`the JPEG has ${frame.height} x ${frame.width} pixels of ${frame.ids.length} components`);
  }
  if (!DECODED.includes(samples)) throw new NotDecoded(`is JPEG of ${samples} components; expected 1, 3 or 4`);
  const stated = stream.colours ?? tables?.colours ?? coloursOfIds(frame.ids);
  const colours = stated ?? (context.photometric === PHOTOMETRIC.ycbcr ? 'ycbcr' : 'rgb');
  const told = samples === 3 ? [adobeSegment(colours)] : [];
  const whole = Buffer.concat([START, ...told, ...(tables?.kept ?? []), ...stream.kept, bytes.subarray(stream.scan)]);
  const { default: sharp } = await import('sharp');
  const image = sharp(whole, { failOn: 'error', limitInputPixels: frame.width * frame.height });
  const space = samples === 4 ? 'cmyk' : samples === 3 ? 'srgb' : 'b-w';
  const decoded = image.pipelineColourspace(space).toColourspace(space).raw();
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  if (info.channels !== samples) throw new Error(`${info.channels} components come out, expected ${samples}`);
  // libvips inverts four components: it takes them for inks as Adobe stores them.
  return samples === 4 ? data.map((value) => 255 - value) : data;
}

type Colours = 'rgb' | 'ycbcr';

interface Segments {
  /** null in a stream of tables alone */
  frame: { width: number; height: number; ids: readonly number[] } | null;
  /** what the markers of the application say, JFIF before Adobe as in libjpeg; null where there is none */
  colours: Colours | null;
  /** the segments before the first scan but those of an application: colours and profiles are not the decoder's to judge */
  kept: Uint8Array[];
  /** where the first scan begins, in bytes */
  scan: number;
}

const [APP0, APP14, APP15, START_OF_SCAN, END, FILL] = [0xffe0, 0xffee, 0xffef, 0xffda, 0xffd9, 0xffff];
const START = Uint8Array.of(0xff, 0xd8);

/** The segments before the pixels (ITU-T T.81, B.2; JFIF; Adobe's technical note 5116). */
function readSegments(bytes: Uint8Array): Segments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  let [jfif, adobe]: [boolean, Colours | null] = [false, null];
  let frame: Segments['frame'] = null;
  const kept: Uint8Array[] = [];
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    if (marker === START_OF_SCAN || marker === END || marker < 0xff00) break;
    if (marker === FILL) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (marker === APP0 && text(at + 4, 5) === 'JFIF\0') jfif = true;
    if (marker === APP14 && length >= 14 && text(at + 4, 5) === 'Adobe') adobe = bytes[at + 15] === 1 ? 'ycbcr' : 'rgb';
    if (isFrame && !frame && at + 10 <= bytes.length) {
      const ids = Array.from({ length: bytes[at + 9] }, (_, i) => bytes[at + 10 + 3 * i]);
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), ids };
    }
    if (marker < APP0 || marker > APP15) kept.push(bytes.subarray(at, at + 2 + length));
    at += 2 + length;
  }
  return { frame, colours: jfif ? 'ycbcr' : adobe, kept, scan: at };
}

/** Components that are named with the letters of their colours. */
function coloursOfIds(ids: readonly number[]): Colours | null {
  return String.fromCharCode(...ids).toUpperCase() === 'RGB' ? 'rgb' : null;
}

/** Tells libjpeg what three components are. */
function adobeSegment(colours: Colours): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(APP14);
  bytes.writeUInt16BE(bytes.length - 2, 2);
  bytes.write('Adobe', 4, 'latin1');
  bytes.writeUInt16BE(100, 9);
  bytes[15] = colours === 'ycbcr' ? 1 : 0;
  return bytes;
}
