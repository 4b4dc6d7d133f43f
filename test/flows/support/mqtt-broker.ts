import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Aedes } from 'aedes' with { 'resolution-mode': 'import' };

/** A small MQTT broker on this computer, as a lab has one. */
export class MqttBroker {
  private constructor(
    private readonly broker: Aedes,
    private readonly server: Server,
  ) {}

  /** @param port 0: any that is free */
  static async start(port = 0): Promise<MqttBroker> {
    const { Aedes } = await import('aedes');
    const broker = await Aedes.createBroker();
    const server = createServer(broker.handle);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new MqttBroker(broker, server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves when a client has subscribed to the topic. */
  async subscribed(topic: string): Promise<void> {
    for (;;) {
      const [subscriptions] = (await once(this.broker, 'subscribe')) as [Array<{ topic: string }>];
      if (subscriptions.some((subscription) => subscription.topic === topic)) return;
    }
  }

  /** @param retain whether who subscribes later gets it, too */
  publish(topic: string, payload: string, retain = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload, qos: 1, retain, dup: false } as const;
      this.broker.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The payload of the next message on a topic. */
  next(topic: string): Promise<string> {
    return new Promise((resolve) => {
      const receive = ({ payload }: { payload: string | Buffer }, done: () => void) => {
        resolve(payload.toString());
        done();
      };
      this.broker.subscribe(topic, receive, () => undefined);
    });
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.broker.close(() => resolve()));
    this.server.close();
  }
}
