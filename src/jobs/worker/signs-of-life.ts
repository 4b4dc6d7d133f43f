import { url as debuggerUrl } from 'node:inspector';
import { performance } from 'node:perf_hooks';
import { SegmenterError } from '../../base/errors';
import { listenForQuiet, type Quiet } from '../../base/long-work';
import type { WorkerMessage } from '../protocol';

/** How long nobody shall wonder about a process that a person looks into with a debugger. */
const DEBUGGED: Quiet = { what: 'a debugger', limitMs: 24 * 3600 * 1000, device: 'hold' };

/** Tells of a worker while it runs a job, so that the host knows whether it hangs. */
export class SignsOfLife {
  /** Rejects where the job waits for a disk and nothing else has happened for `stuckMs`: the net below all other limits. */
  readonly stuck: Promise<never>;
  private readonly beats: NodeJS.Timeout;
  private events = -1;
  private stillMs = 0;
  private giveUp: (error: SegmenterError) => void = () => undefined;

  constructor(
    private readonly id: number,
    private readonly times: { beatMs: number; stuckMs: number },
    private readonly answer: (message: WorkerMessage) => void,
  ) {
    this.stuck = new Promise((_, reject) => {
      this.giveUp = reject;
    });
    this.stuck.catch(() => undefined);
    this.beats = setInterval(() => this.beat(), times.beatMs);
    listenForQuiet((quiet) => this.answer({ type: 'quiet', id, quiet }));
  }

  end(): void {
    clearInterval(this.beats);
    listenForQuiet(null);
  }

  private beat(): void {
    if (debuggerUrl() === undefined) this.answer({ type: 'beat', id: this.id });
    else this.answer({ type: 'quiet', id: this.id, quiet: DEBUGGED });
    this.watchForEvents();
  }

  /** Every answer of the system is an event; a write to a dead share has none. */
  private watchForEvents(): void {
    const { events } = performance.nodeTiming.uvMetricsInfo;
    const waits = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
    this.stillMs = waits && events === this.events ? this.stillMs + this.times.beatMs : 0;
    this.events = events;
    if (this.stillMs < this.times.stuckMs) return;
    const seconds = Math.round(this.stillMs / 1000);
    const message = `the job waited for ${seconds} s for a disk or network share that it reads or writes; is it within reach?`;
    this.giveUp(new SegmenterError('timeout', message, { stillMs: this.stillMs }));
  }
}
