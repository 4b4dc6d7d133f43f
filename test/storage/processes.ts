import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SavingTask } from './saving-process';

/** A process that saves files, for tests of several. */
export class SavingProcess {
  readonly said: Array<Record<string, unknown>> = [];
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(path.join(__dirname, 'saving-process.js'));
    this.child.on('message', (message) => this.said.push(message as Record<string, unknown>));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  give(task: SavingTask): void {
    this.child.send(task);
  }

  async ask(task: SavingTask): Promise<Record<string, unknown>> {
    const answer = once(this.child, 'message');
    this.give(task);
    return ((await answer) as [Record<string, unknown>])[0];
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Number of a process that has ended. */
export async function deadPid(): Promise<number> {
  const process = new SavingProcess();
  await process.kill();
  return process.pid;
}
