import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** As much of the client that Node-RED has as a test needs. */
interface Client {
  on(event: 'message', heard: (topic: string, payload: Buffer) => void): void;
  subscribeAsync(topic: string): Promise<unknown>;
  publishAsync(topic: string, payload: string, options: { qos: 1; retain: boolean }): Promise<unknown>;
  endAsync(): Promise<void>;
}

/** Gives the path of Mosquitto, which $MOSQUITTO names where it is no usual one; null where this machine has none. */
export function mosquittoPath(): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  const places = process.env.MOSQUITTO
    ? [process.env.MOSQUITTO]
    : folders.map((folder) => path.join(folder, 'mosquitto'));
  const found = places.find((place) => existsSync(place)) ?? null;
  if (process.env.MOSQUITTO && found === null) throw new Error(`MOSQUITTO: ${process.env.MOSQUITTO} is not there`);
  return found;
}

/** The broker that labs have, on this computer, with a client beside it. */
export class Mosquitto {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: Client,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @param port 0: any that is free */
  static async start(port = 0): Promise<Mosquitto> {
    const program = mosquittoPath();
    if (program === null) throw new Error('this machine has no mosquitto');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-mosquitto-'));
    const own = port === 0 ? await freePort() : port;
    const file = path.join(folder, 'mosquitto.conf');
    writeFileSync(file, `listener ${own} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    const child = spawn(program, ['-c', file], { stdio: 'ignore' });
    const connect = createRequire(createRequire(require.resolve('node-red')).resolve('@node-red/nodes'))('mqtt') as {
      connectAsync(url: string, options: object): Promise<Client>;
    };
    for (let i = 0; ; i++) {
      try {
        const client = await connect.connectAsync(`mqtt://127.0.0.1:${own}`, { reconnectPeriod: 0 });
        return new Mosquitto(child, client, folder, own);
      } catch (error) {
        if (i >= 50 || child.exitCode !== null) throw error;
        await sleep(100);
      }
    }
  }

  /** @param retain whether who subscribes later gets it, too */
  async publish(topic: string, payload: string, retain = false): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos: 1, retain });
  }

  /** The payload of the next message on a topic. */
  next(topic: string): Promise<string> {
    const message = new Promise<string>((resolve) => {
      this.client.on('message', (heard, payload) => {
        if (heard === topic) resolve(payload.toString());
      });
    });
    void this.client.subscribeAsync(topic);
    return message;
  }

  async stop(): Promise<void> {
    await this.client.endAsync();
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
