import type { NodeAPI } from 'node-red';
import { serveAround } from '../admin/answer';

/** A plugin of Node-RED: serves what belongs to no single node; its other half is the tab "Segmentation" in the editor. */
export = (RED: NodeAPI): void => {
  serveAround(RED);
};
