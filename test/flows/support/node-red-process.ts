import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** The compiled file lies in dist/test/flows/support. */
const HOST = path.resolve(__dirname, '../../../../scripts/flow-host.mjs');
const FIRST_PORT = 22880;

/** One node of a flow file. */
export type FlowNode = { id: string; type: string; [property: string]: unknown };

export interface FlowMessage {
  payload?: unknown;
  [property: string]: unknown;
}

/** What happened: a node sent or finished a message, failed, or changed its status; the log warned; or all flows have started. */
export interface FlowEvent {
  type: 'sent' | 'complete' | 'error' | 'status' | 'started' | 'warning' | 'delay';
  id: string;
  /** the node's type; none for `started` */
  node?: string;
  name: string;
  msg: FlowMessage;
  /** output of a `sent` */
  port?: number;
  /** text of an `error` or a `warning` */
  error?: string;
  code?: string;
  status?: { fill?: string; text?: string };
  /** of a `delay`: for how long the event loop was held */
  ms?: number;
}

/** A real Node-RED in a process of its own. */
export class NodeRedProcess {
  events: FlowEvent[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.on('message', (event: FlowEvent) => {
      this.events.push(event);
      for (const check of this.waiting) check();
    });
  }

  /** @param settings of Node-RED, beside the usual ones */
  static async start(userDir: string, env: Record<string, string>, settings: object = {}): Promise<NodeRedProcess> {
    const parameters = [userDir, String(FIRST_PORT), JSON.stringify(settings)];
    // what Node-RED logs goes to the error output: the other is for what a benchmark says
    const child = fork(HOST, parameters, { env: { ...process.env, ...env }, stdio: ['ignore', 2, 2, 'ipc'] });
    const [ready] = (await Promise.race([once(child, 'message'), failOnExit(child)])) as [{ url: string }];
    return new NodeRedProcess(child, ready.url);
  }

  /** What a request to this package carries that changes something. */
  async changeHeader(): Promise<Record<string, string>> {
    const { token } = (await (await fetch(`${this.url}segmenter/token`)).json()) as { token: string };
    return { 'x-segmenter': token };
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether the process runs. */
  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The longest time in milliseconds that the event loop was held, by computing, since this was asked for the last time. */
  async longestDelay(): Promise<number> {
    const before = this.events.length;
    this.child.send('longest delay');
    const [{ ms = 0 }] = await this.until(
      'the delay',
      (event) => event.type === 'delay' && this.events.indexOf(event) >= before,
      { allowErrors: true },
    );
    return ms;
  }

  /** Replaces all flows; forgets what happened before. */
  async deploy(flow: FlowNode[]): Promise<void> {
    this.events = [];
    const headers = { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' };
    const answer = await fetch(`${this.url}flows`, { method: 'POST', headers, body: JSON.stringify(flow) });
    if (!answer.ok) throw new Error(`deploy: ${answer.status} ${await answer.text()}`);
    await this.until('the start of the flows', ({ type }) => type === 'started', { allowErrors: true });
  }

  /** Presses the button of an inject node. */
  async inject(id: string): Promise<void> {
    const answer = await fetch(`${this.url}inject/${id}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`inject ${id}: ${answer.status}`);
  }

  /** The node types that Node-RED has loaded. */
  async types(): Promise<string[]> {
    const answer = await fetch(`${this.url}nodes`, { headers: { Accept: 'application/json' } });
    const sets = (await answer.json()) as Array<{ types: string[]; enabled: boolean; err?: string }>;
    return sets.filter((set) => set.enabled && !set.err).flatMap((set) => set.types);
  }

  /**
   * Resolves with the events that match once there are `count` of them.
   * @throws Error naming the errors so far when an error occurs that `allowErrors` does not allow, or after `seconds`
   */
  until(
    what: string,
    matches: (event: FlowEvent) => boolean,
    { count = 1, seconds = 120, allowErrors = false }: { count?: number; seconds?: number; allowErrors?: boolean } = {},
  ): Promise<FlowEvent[]> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(check);
        settle();
      };
      const check = () => {
        const found = this.events.filter(matches);
        if (found.length >= count) return finish(() => resolve(found));
        const errors = this.errors();
        if (errors.length > 0 && !allowErrors) finish(() => reject(new Error(`${what}: ${errors.join('; ')}`)));
      };
      const timer = setTimeout(() => {
        const recent = this.events.slice(-8).map(({ type, node, status }) => `${type} ${node} ${status?.text ?? ''}`);
        finish(() => reject(new Error(`${what}: nothing in ${seconds} s; last: ${recent.join(' | ')}`)));
      }, seconds * 1000);
      this.waiting.add(check);
      check();
    });
  }

  errors(): string[] {
    return this.events.filter(({ type }) => type === 'error').map(({ node, error }) => `${node}: ${error}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.send('stop');
    await exited;
  }
}

async function failOnExit(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`Node-RED ended with code ${code} before it was ready`);
}
