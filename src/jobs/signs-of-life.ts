import { url as debuggerUrl } from 'node:inspector';
import { listenForQuiet, type Quiet } from '../base/quiet';
import type { WorkerMessage } from './protocol';

/** How long nobody shall wonder about a process that a person looks into with a debugger. */
const DEBUGGED: Quiet = { what: 'a debugger', limitMs: 24 * 3600 * 1000, device: 'hold' };

/** What a worker tells of itself while it runs a job, so that the host knows whether it hangs. */
export class SignsOfLife {
  private readonly beats: NodeJS.Timeout;
  constructor(
    private readonly id: number,
    beatMs: number,
    private readonly answer: (message: WorkerMessage) => void,
  ) {
    this.beats = setInterval(() => this.beat(), beatMs);
    listenForQuiet((quiet) => this.answer({ type: 'quiet', id, quiet }));
  }

  end(): void {
    clearInterval(this.beats);
    listenForQuiet(null);
  }

  private beat(): void {
    if (debuggerUrl() === undefined) this.answer({ type: 'beat', id: this.id });
    else this.answer({ type: 'quiet', id: this.id, quiet: DEBUGGED });
  }
}
