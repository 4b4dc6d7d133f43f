import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DecodedImage } from 'jpegxr';
import { messageOf } from '../../base/errors';

/** What a thread sends back. */
export type DecodeAnswer = { image: DecodedImage } | { error: string };

const SCRIPT = path.join(__dirname, 'decoder-thread.js');
const MOST_THREADS = 4;
/** A decoder that takes longer than this and a second per MiB of pixels hangs. */
const PATIENCE_MS = 4000;

/** A decoder never gives memory back: after a larger image its thread ends. */
const LARGEST_KEPT = 2 ** 26;

interface Waiting {
  bytes: Uint8Array<ArrayBuffer>;
  patience: number;
  large: boolean;
  done(answer: DecodeAnswer): void;
}

interface DecoderThread {
  worker: Worker;
  /** what it decodes now */
  work: Waiting | null;
  timer: NodeJS.Timeout | null;
  /** why it ends */
  fault: string | null;
}

/** Module state on purpose: the threads serve every file that is open, and start with the first image. */
const threads: DecoderThread[] = [];
const queue: Waiting[] = [];

/**
 * Decodes a JPEG XR file in a thread beside this one; as many at once as there are cores, four at most.
 * @param bytes the whole file; they are handed over and can no longer be used
 * @param mostBytes of pixels that the caller takes
 * @throws Error where the bytes are damaged, or the image is larger
 */
export async function decodeJpegXr(bytes: Uint8Array<ArrayBuffer>, mostBytes: number): Promise<DecodedImage> {
  const { width, height } = readJpegXrHeader(bytes);
  // Whatever the pixels are, they have a byte each.
  if (width * height > mostBytes) throw new Error(`it has ${height} x ${width} pixels`);
  const patience = PATIENCE_MS + 1000 * Math.ceil(mostBytes / 2 ** 20);
  const answer = await new Promise<DecodeAnswer>((done) => {
    queue.push({ bytes, patience, large: mostBytes > LARGEST_KEPT, done });
    workOnQueue();
  });
  if ('error' in answer) throw new Error(answer.error);
  const { image } = answer;
  if (image.width !== width || image.height !== height || image.bytes.byteLength > mostBytes) {
    throw new Error(`it decodes to ${image.height} x ${image.width} pixels of ${image.pixelInfo.bitsPerPixel} bits`);
  }
  return image;
}

function workOnQueue(): void {
  while (queue.length > 0) {
    const thread = threads.find(({ work, fault }) => work === null && fault === null) ?? startThread();
    if (!thread) return;
    give(thread, queue.shift() as Waiting);
  }
}

function startThread(): DecoderThread | null {
  if (threads.length >= Math.min(MOST_THREADS, availableParallelism())) return null;
  const worker = new Worker(SCRIPT, { execArgv: [] });
  const thread: DecoderThread = { worker, work: null, timer: null, fault: null };
  threads.push(thread);
  worker.on('message', (answer: DecodeAnswer) => finish(thread, answer));
  worker.on('error', (error) => {
    thread.fault = messageOf(error);
  });
  worker.on('exit', (code) => {
    threads.splice(threads.indexOf(thread), 1);
    finish(thread, { error: thread.fault ?? `the decoder's thread ended with code ${code}` });
  });
  return thread;
}

function give(thread: DecoderThread, work: Waiting): void {
  thread.work = work;
  thread.timer = setTimeout(() => {
    thread.fault = `the decoder was stopped after ${work.patience / 1000} s`;
    void thread.worker.terminate();
  }, work.patience);
  thread.worker.ref();
  thread.worker.postMessage(work.bytes, [work.bytes.buffer]);
}

function finish(thread: DecoderThread, answer: DecodeAnswer): void {
  const { work, timer } = thread;
  if (timer) clearTimeout(timer);
  thread.work = null;
  thread.timer = null;
  // An idle thread must not keep the process alive.
  thread.worker.unref();
  if (work?.large && thread.fault === null) {
    thread.fault = 'it ended with its memory';
    void thread.worker.terminate();
  }
  work?.done(answer);
  workOnQueue();
}

/** What a JPEG XR file says of itself before it is decoded. */
export interface JpegXrHeader {
  width: number;
  height: number;
}

const SIGNATURE = [0x49, 0x49, 0xbc, 0x01];
const TAG_OFFSET = 0xbcc0;
const TAG_BYTES = 0xbcc1;
const MOST_TAGS = 200;

/** Tells whether bytes begin as those of a JPEG XR do. */
export function isJpegXr(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads the size that the code stream states and checks that the stream is there whole: the decoder takes memory for
 * any size, and makes pixels of a stream that is cut.
 * File: ITU-T T.832 annex A (a TIFF-like directory); code stream: section 8.3 (big-endian bits).
 * @throws Error
 */
export function readJpegXrHeader(bytes: Uint8Array): JpegXrHeader {
  if (!isJpegXr(bytes)) throw new Error('it does not begin as JPEG XR');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { offset, length } = findStream(view);
  if (offset + Math.max(length, 24) > bytes.length) {
    throw new Error(`its code stream should end at byte ${offset + length} of ${bytes.length}: truncated`);
  }
  if (Buffer.from(bytes.buffer, bytes.byteOffset + offset, 8).toString('latin1') !== 'WMPHOTO\0') {
    throw new Error('its code stream has no signature');
  }
  const shortHeader = (view.getUint8(offset + 10) & 0x80) !== 0;
  const size = (at: number): number => (shortHeader ? view.getUint16(at, false) : view.getUint32(at, false)) + 1;
  return { width: size(offset + 12), height: size(offset + (shortHeader ? 14 : 16)) };
}

/** Where the directory says that the image's code stream lies. */
function findStream(view: DataView): { offset: number; length: number } {
  const directory = view.byteLength < 8 ? Number.NaN : view.getUint32(4, true);
  const count = directory + 2 <= view.byteLength ? view.getUint16(directory, true) : 0;
  if (count < 1 || count > MOST_TAGS || directory + 2 + 12 * count > view.byteLength) {
    throw new Error('it has no directory');
  }
  const values = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + 12 * i;
    values.set(view.getUint16(at, true), view.getUint32(at + 8, true));
  }
  const offset = values.get(TAG_OFFSET);
  if (offset === undefined) throw new Error('its directory names no image');
  return { offset, length: values.get(TAG_BYTES) ?? 0 };
}
