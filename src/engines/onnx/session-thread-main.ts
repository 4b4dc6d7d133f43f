import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, SegmenterError } from '../../base/errors';
import { createSession, onnxRuntime } from './session';
import type { SessionThreadData, SessionThreadReply, SessionThreadRequest } from './session-thread';

/** What a thread of `session-thread.ts` does: opens its session, answers, and runs it whenever it is asked. */
async function main(port: NonNullable<typeof parentPort>, data: SessionThreadData): Promise<void> {
  const { Tensor } = onnxRuntime();
  const session = await createSession(data.model, data.settings);
  // the binding takes no shared memory
  const inputs = Object.entries(data.inputs).map(([name, { shape, data: shared }]) => {
    const own = new Float32Array(shared.length);
    return { name, shared, own, tensor: new Tensor('float32', own, shape) };
  });
  const feeds = Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor]));
  const answer = (error: unknown = null) => {
    port.postMessage({ error: error === null ? null : messageOf(error) } satisfies SessionThreadReply);
  };
  const run = async () => {
    for (const { own, shared } of inputs) own.set(shared);
    const results = await session.run(feeds);
    for (const [name, { data: shared }] of Object.entries(data.outputs)) {
      shared.set(results[name].data as Float32Array);
    }
  };
  let work = Promise.resolve();
  port.on('message', (request: SessionThreadRequest) => {
    if (request === 'run') work = work.then(run).then(() => answer(), answer);
    else work = work.then(() => session.release()).then(() => port.close());
  });
  answer();
}

const port = parentPort;
if (!port) throw new SegmenterError('internal', 'session-thread-main: expected to be a thread');
main(port, workerData as SessionThreadData).catch((error: unknown) => {
  port.postMessage({ error: messageOf(error) } satisfies SessionThreadReply);
  port.close();
});
