import type { NodeAPI, NodeDef } from 'node-red';
import { messageOf } from '../../src/base/errors';
import type { ComputeNode } from '../job-host-access';
import { readSettings } from '../node-settings';
import { serveDevices } from './devices';
import { ComputeNodeSettings } from './settings';

export = (RED: NodeAPI): void => {
  serveDevices(RED);
  RED.nodes.registerType('segmenter-compute', function construct(this: ComputeNode, config: NodeDef) {
    RED.nodes.createNode(this, config);
    this.compute = null;
    try {
      const { memory, ...settings } = readSettings(ComputeNodeSettings, config, 'segmenter-compute');
      this.compute = { ...settings, memoryMB: memory };
    } catch (error) {
      this.error(messageOf(error));
    }
  });
};
