import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { SegmenterError } from '../../base/errors';

/** A decoded JPEG XR image: rows of interleaved samples, without padding. */
export interface JpegXrImage {
  width: number;
  height: number;
  channels: number;
  /** of a sample */
  bitDepth: number;
  /** blue comes first */
  bgr: boolean;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What a decoder is asked; `most` bounds the bytes of the result. */
export interface JpegXrRequest {
  id: number;
  bytes: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  most: number;
}

export type JpegXrAnswer = { id: number; image: JpegXrImage } | { id: number; error: string };

/** Damaged data may keep the decoder busy for ever. */
const TIME_LIMIT_MS = 30_000;

interface Waiting {
  resolve(image: JpegXrImage): void;
  reject(error: Error): void;
}

/**
 * One thread for all files: the decoder is WebAssembly that adds handlers to its process which end it on any error, so it
 * is kept apart. The thread keeps no process alive.
 */
class Decoder {
  private readonly worker = new Worker(path.join(__dirname, 'jpeg-xr-worker.js'));
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;

  constructor(private readonly onEnd: () => void) {
    this.worker.unref();
    this.worker.on('message', (answer: JpegXrAnswer) => this.settle(answer));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', () => this.end(new Error('the JPEG XR decoder ended')));
  }

  decode(
    bytes: Uint8Array<ArrayBuffer>,
    limits: Pick<JpegXrRequest, 'width' | 'height' | 'most'>,
  ): Promise<JpegXrImage> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end(new Error(`the JPEG XR decoder did not answer within ${TIME_LIMIT_MS / 1000} s`));
        void this.worker.terminate();
      }, TIME_LIMIT_MS);
      const done = () => {
        clearTimeout(timer);
        if (this.waiting.size === 0) this.worker.unref();
      };
      this.waiting.set(id, {
        resolve: (image) => {
          done();
          resolve(image);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.worker.ref();
      this.worker.postMessage({ id, bytes, ...limits } satisfies JpegXrRequest);
    });
  }

  private settle(answer: JpegXrAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('image' in answer) waiting?.resolve(answer.image);
    else waiting?.reject(new Error(answer.error));
  }

  private end(error: Error): void {
    this.onEnd();
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

let decoder: Decoder | null = null;

/**
 * Decodes JPEG XR in a thread of its own.
 * @param limits the size that is expected, and the most bytes that the result may have
 * @throws Error for damaged data
 */
export function decodeJpegXr(
  bytes: Uint8Array<ArrayBuffer>,
  limits: Pick<JpegXrRequest, 'width' | 'height' | 'most'>,
): Promise<JpegXrImage> {
  try {
    decoder ??= new Decoder(() => {
      decoder = null;
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SegmenterError('internal', `the JPEG XR decoder cannot be started: ${message}`);
  }
  return decoder.decode(bytes, limits);
}
