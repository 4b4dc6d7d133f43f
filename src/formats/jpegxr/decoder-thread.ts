/**
 * The script of a thread that decodes JPEG XR, one image after another. The decoder blocks for long, and its package adds
 * listeners to `process` that end it on anyone's rejected promise: both stay in here.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import jpegxr, { type Codec } from 'jpegxr';
import { messageOf } from '../../base/errors';
import type { DecodeAnswer } from './decode';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

async function openCodec(): Promise<Codec> {
  const before = EVENTS.map((event) => new Set(process.rawListeners(event)));
  const opening = jpegxr({ printErr: () => undefined });
  for (const [i, event] of EVENTS.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (!before[i].has(listener)) process.removeListener(event, listener as () => void);
    }
  }
  return opening;
}

function serve(port: MessagePort): void {
  let codec: Promise<Codec> | null = null;
  const answer = async (bytes: Uint8Array): Promise<DecodeAnswer> => {
    try {
      codec ??= openCodec();
      return { image: (await codec).decode(bytes) };
    } catch (error) {
      // What a failed decoder has done to its memory is unknown.
      codec = null;
      return { error: messageOf(error) };
    }
  };
  port.on('message', async (bytes: Uint8Array) => {
    const result = await answer(bytes);
    port.postMessage(result, 'image' in result ? [result.image.bytes.buffer] : []);
  });
}

if (parentPort) serve(parentPort);
