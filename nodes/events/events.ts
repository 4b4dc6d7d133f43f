import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { TimedEvent } from '../../src/events/event';
import { tellable } from '../error-text';
import { onEvent } from '../event-log';
import { readSettings } from '../node-settings';
import { StatusLine } from '../node-status';
import { peek } from '../sample-message';
import { EventsSettings } from './settings';

export = (RED: NodeAPI): void => {
  RED.nodes.registerType('segmenter-events', function construct(this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
    const status = new StatusLine(RED, this, () => 0);
    try {
      const { from } = readSettings(EventsSettings, config, 'segmenter-events');
      status.clear();
      const isHeard = ({ node }: TimedEvent) =>
        from === 'all' || peek(RED.nodes.getNode(node.id), 'z') === peek(this, 'z');
      const end = onEvent((event) => {
        // Whoever tells of an event goes on first.
        if (isHeard(event)) setImmediate(() => this.send({ topic: event.event, payload: event }));
      });
      this.on('close', end);
    } catch (error) {
      status.failed(error);
      this.error(tellable(error));
    }
  });
};
