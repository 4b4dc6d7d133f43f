import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { transferHandler } from '../../../src/jobs/queue/transfer/serve-transfer';
import { TransferDesk } from '../../../src/jobs/queue/transfer/transfer-desk';

const MOUNT = '/segmenter/transfer';

/** A machine that asks, as far as workers see it: its desk on a port of its own, with a network that can be bad. */
export class AskerServer {
  readonly desk = new TransferDesk();
  readonly seen: string[] = [];
  /** May keep, spoil or cut an answer. @returns whether it has answered */
  meddle: (request: IncomingMessage, response: ServerResponse) => Promise<boolean> = async () => false;
  private port = 0;
  private server: Server | null = null;

  /** @param host an address of this machine that workers reach it at */
  constructor(private readonly host = '127.0.0.1') {}

  get address(): string {
    return `http://${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    const answer = transferHandler(this.desk);
    this.server = createServer(async (request, response) => {
      this.seen.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
      if (await this.meddle(request, response)) return;
      request.url = request.url?.replace(MOUNT, '');
      answer(request, response);
    });
    this.server.listen(this.port, this.host);
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  }
}
