import { parentPort } from 'node:worker_threads';
import type { JpegXrAnswer, JpegXrImage, JpegXrRequest } from './jpeg-xr';

/** What the package gives; it brings no types. */
interface Codec {
  decode(bytes: Uint8Array): {
    width: number;
    height: number;
    pixelInfo: { channels: number; bitDepth: string; bgr: boolean };
    bytes: Uint8Array<ArrayBuffer>;
  };
}

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Loads the codec, and takes away the process-wide handlers that it adds and that would end the process. */
async function load(): Promise<Codec> {
  const before = EVENTS.map((event) => process.listeners(event as 'uncaughtException'));
  const create = require('jpegxr') as () => Promise<Codec>;
  const loading = create();
  for (const [i, event] of EVENTS.entries()) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i].includes(listener)) process.removeListener(event, listener);
    }
  }
  return loading;
}

/** Tag numbers of a JPEG XR container (ITU-T T.832, annex A). */
const WIDTH = 0xbc80;
const HEIGHT = 0xbc81;

/** The size that the container states, before anything is allocated for it. */
function statedSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(4, true);
  const found: Record<number, number> = {};
  for (let i = 0, count = view.getUint16(directory, true); i < count; i++) {
    const at = directory + 2 + i * 12;
    const wide = view.getUint16(at + 2, true) === 4;
    found[view.getUint16(at, true)] = wide ? view.getUint32(at + 8, true) : view.getUint16(at + 8, true);
  }
  return { width: found[WIDTH] ?? 0, height: found[HEIGHT] ?? 0 };
}

function decode(codec: Codec, { bytes, width, height, most }: JpegXrRequest): JpegXrImage {
  const stated = statedSize(bytes);
  const expected = `${height} x ${width}`;
  if (stated.width < 1 || stated.height < 1 || stated.width * stated.height > 4 * width * height + 2 ** 16) {
    throw new Error(`the JPEG XR states ${stated.height} x ${stated.width} pixels, expected ${expected}`);
  }
  const image = codec.decode(bytes);
  const { channels, bitDepth, bgr } = image.pixelInfo;
  const bits = Number.parseInt(bitDepth, 10);
  const size = (image.width * image.height * channels * bits) / 8;
  if (!(size > 0) || size > most + 2 ** 20 || image.bytes.length < size) {
    throw new Error(`the JPEG XR gives ${image.bytes.length} bytes for ${image.height} x ${image.width} pixels`);
  }
  return { width: image.width, height: image.height, channels, bitDepth: bits, bgr, bytes: image.bytes.slice(0, size) };
}

let codec: Promise<Codec> | null = null;

parentPort?.on('message', async (request: JpegXrRequest) => {
  let answer: JpegXrAnswer;
  try {
    codec ??= load();
    answer = { id: request.id, image: decode(await codec, request) };
  } catch (error) {
    // After a failed call the codec's memory is not to be trusted.
    codec = null;
    answer = { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
  if ('image' in answer) parentPort?.postMessage(answer, [answer.image.bytes.buffer]);
  else parentPort?.postMessage(answer);
});
