import type { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';

/** Node-RED tells before it stops nodes what a deploy changes; without a deploy nothing is compared. */
interface StoppingFlows {
  diff?: { globalConfigChanged?: boolean };
}

/** Module state on purpose: all nodes of a Node-RED stop together. */
const watched = new WeakSet<EventEmitter>();
let isForDeploy = true;

/** To be called when the node type is registered, see {@link stopsForGood}. */
export function watchStopping({ events }: NodeAPI): void {
  if (watched.has(events)) return;
  watched.add(events);
  events.on('flows:stopping', ({ diff }: StoppingFlows) => {
    isForDeploy = diff?.globalConfigChanged !== undefined;
  });
}

/** Whether the nodes stop without others in their place: Node-RED ends, or its flows are stopped. */
export function stopsForGood(): boolean {
  return !isForDeploy;
}
