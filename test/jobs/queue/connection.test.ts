import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { queueAddress } from '../../../src/jobs/queue/address';
import { QUEUE_TIMES, QueueConnection } from '../../../src/jobs/queue/connection';
import { loadDrivers } from '../../../src/jobs/queue/drivers';

/** As PostgreSQL's protocol 3 has them: no password is asked for, and the server is ready for a query. */
const GREETING = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

describe('the connection to a queue on postgres', () => {
  let server: Server;
  before((done) => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(GREETING);
        socket.once('data', () => socket.destroy());
      });
    }).listen(0, '127.0.0.1', done);
  });
  after((done) => {
    server.close(done);
  });

  it('is away, and ends no process, where the server goes while it is asked', async () => {
    const { port } = server.address() as AddressInfo;
    const address = queueAddress(`postgres://segmenter@127.0.0.1:${port}/postgres`);
    const connection = new QueueConnection(address, loadDrivers(address), QUEUE_TIMES);
    try {
      await assert.rejects(
        connection.ask('asking', async () => undefined),
        { code: 'busy', message: /is away \(asking: Connection terminated unexpectedly\)/ },
      );
      // What nobody listens to is thrown after the answer.
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await connection.close();
    }
  });
});
