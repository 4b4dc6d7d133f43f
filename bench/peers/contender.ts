import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { deviceMemory } from './device-memory';

/** What it says of its memory at the end, in megabytes. */
interface Memory {
  /** of the process, at most */
  peakMemoryMB: number;
  /** of the device, at most: as PyTorch's allocator counts it, or as the driver gave it out */
  deviceMemoryMB?: number;
}

/** Seconds of each prediction or optimiser step. */
export interface Round {
  times: number[];
  /** of all its threads together, which other work beside it hardly changes */
  processor: number[];
}

/** What a contender did. */
export interface Result extends Memory, Round {}

/** A contender that cannot take part; the message says why. */
export class Unavailable extends Error {}

/**
 * A process that measures one row when it is told to. It says what it is on a line of JSON when it is open and warm; then
 * for each line of its input, a number of seconds, it works about so long and says how long it took each time; at the end of
 * its input it says how much memory it took. `{"unavailable": reason}` instead says that it cannot.
 */
export class Contender {
  private readonly done: Round = { times: [], processor: [] };
  /** megabytes that the driver gave out while this process opened and worked */
  private onDevice: number | null = 0;

  private constructor(
    readonly opening: Record<string, unknown>,
    private readonly voice: Voice,
  ) {}

  /** @throws Unavailable with the contender's reason, or what it last wrote to its error output */
  static async start(command: string, args: string[], env: Record<string, string> = {}): Promise<Contender> {
    const before = deviceMemory();
    const voice = new Voice(spawn(command, args, { env: { ...process.env, ...env } }));
    const contender = new Contender(await voice.answer(), voice);
    contender.countDevice(before);
    return contender;
  }

  /** Works about so many seconds, at least once. */
  async round(seconds: number): Promise<void> {
    const before = deviceMemory();
    this.voice.say(String(seconds));
    const { times, processor } = (await this.voice.answer()) as unknown as Round;
    this.done.times.push(...times);
    this.done.processor.push(...processor);
    this.countDevice(before);
  }

  /** Ends the process. */
  async end(): Promise<Result> {
    this.voice.end();
    const memory = (await this.voice.answer()) as unknown as Memory;
    const counted = this.onDevice === null ? {} : { deviceMemoryMB: this.onDevice };
    return { ...this.done, ...counted, ...memory };
  }

  private countDevice(before: number | null): void {
    const after = deviceMemory();
    if (before === null || after === null || this.onDevice === null) this.onDevice = null;
    else this.onDevice += Math.max(0, after - before);
  }
}

/** Lines to and from a process. */
class Voice {
  private readonly lines: AsyncIterator<string>;
  private complaints = '';

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (chunk: Buffer) => {
      this.complaints = (this.complaints + chunk.toString('utf8')).slice(-2000);
    });
    child.on('error', ({ message }) => {
      this.complaints = message;
    });
    // that a process has ended is noticed by its silence
    child.stdin.on('error', () => undefined);
  }

  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  end(): void {
    this.child.stdin.end();
  }

  /** The next line of JSON; libraries may print what they like between. */
  async answer(): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Unavailable(this.complaints.trim().split('\n').at(-1) || 'it ended without a word');
      if (!value.startsWith('{')) continue;
      const told = JSON.parse(value) as Record<string, unknown>;
      if (typeof told.unavailable === 'string') throw new Unavailable(told.unavailable);
      return told;
    }
  }
}
