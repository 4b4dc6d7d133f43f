import type { NodeAPI, NodeDef } from 'node-red';
import { messageOf } from '../../src/base/errors';
import { type ComputeNode, jobAccess } from '../job-host-access';
import { readSettings } from '../node-settings';
import { closeQueue, openQueue } from '../queues';
import { serveTransfer } from '../transfer';
import { serveDevices } from './devices';
import { ComputeNodeSettings } from './settings';

/** What Node-RED keeps apart from the flow, encrypted. */
const CREDENTIALS = { user: { type: 'text' }, password: { type: 'password' } } as const;
type Credentials = Partial<Record<keyof typeof CREDENTIALS, string>>;

export = (RED: NodeAPI): void => {
  serveDevices(RED);
  serveTransfer(RED);
  RED.nodes.registerType(
    'segmenter-compute',
    function construct(this: ComputeNode, config: NodeDef) {
      RED.nodes.createNode(this, config);
      this.compute = null;
      try {
        const { memory, address, folders, files, ownAddress, priority, ...settings } = readSettings(
          ComputeNodeSettings,
          config,
          'segmenter-compute',
        );
        const compute = { ...settings, memoryMB: memory };
        if (address.trim() === '') {
          void closeQueue(this.id, true);
          this.compute = compute;
          return;
        }
        const { user = '', password = '' } = (this.credentials ?? {}) as Credentials;
        const { settings: host } = jobAccess(RED);
        const queue = { address, user, password, folders, files, ownAddress, priority };
        openQueue(this.id, queue, { settings: host, server: RED.settings }, () => jobAccess(RED).host);
        this.on('close', (removed: boolean, done: () => void) => {
          closeQueue(this.id, removed).then(done, done);
        });
        this.compute = { ...compute, through: this.id };
      } catch (error) {
        this.error(messageOf(error));
      }
    },
    { credentials: CREDENTIALS as never },
  );
};
