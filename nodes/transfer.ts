import os from 'node:os';
import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { SegmenterError } from '../src/base/errors';
import type { HostSettings } from '../src/jobs/job-types';
import { RESULTS } from '../src/jobs/queue/portable';
import type { SharedFolder } from '../src/jobs/queue/shared-folders';
import { askerAddress } from '../src/jobs/queue/transfer/asker-address';
import type { SenderOptions } from '../src/jobs/queue/transfer/sender';
import { transferHandler } from '../src/jobs/queue/transfer/serve-transfer';
import { TransferDesk } from '../src/jobs/queue/transfer/transfer-desk';
import { SCRATCH_FOLDER } from '../src/storage/scratch-names';

/** Module state on purpose: workers fetch and send on over a deploy. */
const desk = new TransferDesk();

/** As much of Node-RED's settings as its own address follows from. */
interface ServerSettings {
  uiPort?: unknown;
  https?: unknown;
  httpAdminRoot?: unknown;
}

/**
 * Serves what workers fetch and send for jobs of this Node-RED. The editor's login does not guard it, but a token that each job has
 * of its own.
 */
export function serveTransfer(RED: NodeAPI): void {
  const handler = transferHandler(desk);
  RED.httpAdmin.use('/segmenter/transfer', (request, response) => handler(request, response));
}

/**
 * Says how workers get what lies in no folder that they reach.
 * @param address under which they reach this Node-RED; blank: by the name of this machine
 * @throws SegmenterError `unsupported` where Node-RED serves nothing; InvalidInputError for the address
 */
export function transferOf(
  server: ServerSettings,
  address: string,
  { scratchFolder }: Pick<HostSettings, 'scratchFolder'>,
  [first]: readonly SharedFolder[],
): Pick<SenderOptions, 'desk' | 'address' | 'results'> {
  if (server.httpAdminRoot === false) {
    const message = 'workers fetch files below httpAdminRoot, which is false in settings.js; share a folder instead';
    throw new SegmenterError('unsupported', message);
  }
  // Whoever reads results may read here anyway.
  const own = path.join(scratchFolder, SCRATCH_FOLDER);
  const results = path.join(first?.folder ?? own, RESULTS);
  return { desk, results, address: address.trim() === '' ? ownAddress(server) : askerAddress(address) };
}

function ownAddress({ uiPort, https, httpAdminRoot }: ServerSettings): string {
  const root = typeof httpAdminRoot === 'string' ? httpAdminRoot.split('/').filter(Boolean).join('/') : '';
  const address = `${https ? 'https' : 'http'}://${os.hostname()}:${String(uiPort ?? 1880)}`;
  return askerAddress(root === '' ? address : `${address}/${root}`);
}
