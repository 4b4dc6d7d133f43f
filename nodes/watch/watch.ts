import type { NodeAPI } from 'node-red';
import { registerWorkNode } from '../work-node';
import { FolderWatch } from './folder-watch';
import { isReturned } from './open-files';
import { WatchSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-watch',
    settings: WatchSettings,
    create: (context) => {
      const watch = new FolderWatch(context);
      // What is sent before all nodes have started is lost.
      const start = () => watch.start();
      RED.events.once('flows:started', start);
      return {
        handle: ({ msg }) => (isReturned(msg) ? watch.take(msg) : watch.lookNow()),
        gathered: () => ({ open: watch.open, items: watch.open.size }),
        closed: () => {
          RED.events.off('flows:started', start);
          return watch.stop();
        },
      };
    },
  });
};
