import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';

/**
 * Starts a child process that the host talks to by JSON.
 * @param niceness scheduling priority, 0 normal to 19 lowest
 */
export function startChild(entry: string, niceness: number): ChildProcess {
  const child = fork(entry, [], {
    execArgv: [], // a debugger port or a loader of the host is not the child's
    env: childEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'json',
  });
  lowerPriority(child.pid, niceness);
  return child;
}

/** Whether the child keeps the host alive. */
export function keepAlive(child: ChildProcess, keeps: boolean): void {
  if (keeps) {
    child.ref();
    child.channel?.ref();
    return;
  }
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) unreference(stream);
}

/** Lets go of a child that does not end: nothing of it is waited for from then on. */
export function abandon(child: ChildProcess): void {
  if (child.connected) child.disconnect();
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  keepAlive(child, false);
}

function lowerPriority(pid: number | undefined, niceness: number): void {
  if (niceness === 0 || pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // The child is gone already, or the system forbids it: priority is a courtesy.
  }
}

function unreference(stream: NodeJS.ReadableStream | null): void {
  if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
}

/** The host's environment without a debugger's options, which would make every child wait for its port. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = (env.NODE_OPTIONS ?? '')
    .split(/\s+/)
    .filter((option) => option !== '' && !option.startsWith('--inspect'));
  return { ...env, NODE_OPTIONS: options.join(' ') };
}
