import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import type { TimedEvent } from '../../src/events/event';
import { Counts, CountsSchema, type RunCount } from '../../src/stage/counts';
import { noteEvent } from '../event-log';
import { MemoryFile, memoryPath } from '../memory-file';
import { failedMessage, isFailed, isSampleLike, peek, readSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { registerWorkNode } from '../work-node';
import { EnoughSettings } from './settings';

const TEXTS = {
  unread: 'what was counted before is not known any more, the counting begins anew',
  unwritten: 'what was counted is not kept over a restart',
};

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-enough',
    settings: EnoughSettings,
    refused: (node, { msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
    create: ({ node, settings, status }) => {
      const { counted, target } = settings;
      const file = new MemoryFile(memoryPath(RED, node, 'enough'), CountsSchema, TEXTS, (text) => node.warn(text));
      let loading: Promise<Counts> | null = null;
      const open = () => {
        loading ??= file.load().then((before) => new Counts(before ?? undefined));
        return loading;
      };
      return {
        refused: ({ msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
        handle: async (work) => {
          const { msg } = work;
          try {
            const run = (await work.text('run')) ?? '';
            const counts = await open();
            if (peek(msg, 'reset') === true) {
              counts.forget(run);
              file.changed(() => counts.kept());
              if (!isSampleLike(msg.payload)) return status.done();
            }
            if (isFailed(msg)) {
              status.passedOn();
              return work.send([msg, null]);
            }
            const { id } = readSample(msg);
            const { isReached, ...count } = counts.add(run, id, counted === 'images' ? 1 : objectsIn(msg), target);
            file.changed(() => counts.kept());
            if (work.stopped) return;
            Object.assign(msg, { count });
            const event = isReached ? told(RED, node, id, count, counted) : null;
            work.send([msg, event && { topic: event.event, run, payload: event }] as Array<NodeMessage | null>);
            status.done(count.enough ? 'enough' : 'counted', { count: count.count, target });
          } catch (error) {
            if (!work.stopped) work.send([failedMessage(msg, labelOf(node), error), null]);
            throw error;
          }
        },
        closed: () => file.close(),
      };
    },
  });
};

function told(
  RED: NodeAPI,
  node: Node,
  sample: string,
  { run, count, target, images }: RunCount,
  what: string,
): TimedEvent {
  const reason = `${count} ${what} in ${images} images, ${target} are enough`;
  return noteEvent(RED, node, { event: 'enough', sample, run, count, target, images, reason });
}

/** @throws InvalidInputError where the message does not say how many there are */
function objectsIn(msg: NodeMessage): number {
  const total = peek(peek(peek(msg, 'metrics'), 'objects'), 'total');
  if (typeof total === 'number' && Number.isSafeInteger(total) && total >= 0) return total;
  throw new InvalidInputError('msg.metrics.objects.total', 'the number of objects that threshold found', total);
}
