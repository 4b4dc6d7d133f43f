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
        // What comes back waits for no look, and no queue is too short for it.
        accept: ({ msg, done }) => {
          if (!isReturned(msg)) return false;
          void watch.take(msg).then(() => done());
          return true;
        },
        handle: () => watch.lookNow(),
        cancelled: () => watch.cancel(),
        gathered: () => ({ open: watch.open, items: watch.open.size + watch.open.unnoted.length }),
        closed: () => {
          RED.events.off('flows:started', start);
          return watch.stop();
        },
      };
    },
  });
};
