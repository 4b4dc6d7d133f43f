import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlowMessage, NodeRedProcess } from '../../test/flows/support/node-red-process';

export interface NodeRedBench {
  nodeRed: NodeRedProcess;
  modelsFolder: string;
  /** for images, below the allowed folders */
  data: string;
  /** Waits for the first message that a node sends from an output; what happened before is forgotten on the way. */
  lastMessage(node: string, port?: number): Promise<FlowMessage>;
}

/** How often a message is looked for, milliseconds: rarely, so that looking takes nothing from what is measured. */
const LOOK_MS = 200;

/** Runs work with a real Node-RED in a user folder of its own, which is removed afterwards. */
export async function withNodeRed(name: string, work: (bench: NodeRedBench) => Promise<void>): Promise<void> {
  const userDir = mkdtempSync(path.join(os.tmpdir(), `segmenter-${name}-`));
  const data = path.join(userDir, 'data');
  mkdirSync(data);
  const nodeRed = await NodeRedProcess.start(userDir, {});
  const lastMessage = async (node: string, port = 0) => {
    for (;;) {
      const events = nodeRed.events;
      nodeRed.events = [];
      const failed = events.find(({ type }) => type === 'error');
      if (failed) throw new Error(`${failed.name}: ${failed.error}`);
      const found = events.find(({ type, id, port: from }) => type === 'sent' && id === node && from === port);
      if (found) return found.msg;
      await sleep(LOOK_MS);
    }
  };
  try {
    await work({ nodeRed, modelsFolder: path.join(userDir, 'models'), data, lastMessage });
  } finally {
    await nodeRed.stop();
    rmSync(userDir, { recursive: true, force: true });
  }
}
