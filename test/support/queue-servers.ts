import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of a queue on this machine, of a test's own: on a free port, with its data in a folder that goes with it. */
export interface QueueServer {
  address: string;
  pid: () => number;
  /** ends it, however it is */
  kill(): Promise<void>;
  /** Redis only: loses all its data, as one that evicts or does not save may */
  forget(): Promise<void>;
  /** starts it again with its data */
  start(): Promise<void>;
  /** ends it and removes its data */
  remove(): Promise<void>;
}

const POSTGRES = '/usr/lib/postgresql';

/** Where a server's program is; null: it is not installed, and tests of it are skipped. */
export function serverProgram(kind: 'redis' | 'postgres'): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).map((name) => path.join(POSTGRES, name, 'bin')) : [];
  const name = kind === 'redis' ? 'redis-server' : 'postgres';
  const found = [...folders, ...versions].map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  // PostgreSQL does not run as root, and this needs the system's user for it.
  if (kind === 'postgres' && found && process.getuid?.() === 0 && !hasUser('postgres')) return null;
  return process.platform === 'win32' ? null : (found ?? null);
}

interface ServerOptions {
  password?: string;
  /** addresses of this machine that it is reached at beside loopback, by anybody */
  also?: readonly string[];
}

export async function startServer(kind: 'redis' | 'postgres', options: ServerOptions = {}): Promise<QueueServer> {
  const program = serverProgram(kind);
  if (program === null) throw new Error(`${kind} is not installed`);
  const port = await freePort();
  const folder = mkdtempSync(path.join(os.tmpdir(), `segmenter-${kind}-`));
  const server = kind === 'redis' ? redis(program, port, folder, options) : postgres(program, port, folder, options);
  let child: ChildProcess | null = null;
  const start = async () => {
    child = server.spawn();
    await answers(port, child);
    await server.started();
  };
  const kill = async () => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGCONT');
    running.kill(server.signal);
    await gone;
  };
  const remove = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('FLUSHALL\r\n');
    await once(socket, 'data');
    socket.destroy();
  };
  await start();
  return { address: server.address, pid: () => child?.pid ?? 0, start, kill, forget, remove };
}

interface Server {
  address: string;
  signal: NodeJS.Signals;
  spawn(): ChildProcess;
  started(): Promise<void>;
}

function redis(program: string, port: number, folder: string, { password, also = [] }: ServerOptions): Server {
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    ...also,
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ];
  const open = also.length > 0 ? ['--protected-mode', 'no'] : [];
  const more = ['--maxmemory-policy', 'noeviction', ...open, ...(password ? ['--requirepass', password] : [])];
  return {
    address: `redis://127.0.0.1:${port}`,
    signal: 'SIGKILL',
    spawn: () => spawn(program, [...options, ...more], { stdio: 'ignore' }),
    // It answers before it has read its data.
    started: () => sleep(150),
  };
}

function postgres(program: string, port: number, folder: string, { also = [] }: ServerOptions): Server {
  const data = path.join(folder, 'data');
  const isRoot = process.getuid?.() === 0;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const user = isRoot ? { uid: id('-u'), gid: id('-g') } : {};
  mkdirSync(data);
  if (isRoot) for (const place of [folder, data]) chownSync(place, id('-u'), id('-g'));
  chmodSync(folder, 0o755);
  const init = path.join(path.dirname(program), 'initdb');
  const initial = ['-D', data, '-U', 'segmenter', '--auth=trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(init, initial, { stdio: 'ignore', ...user });
  const entries = also.map((address) => `host all all ${address}/30 trust\n`);
  appendFileSync(path.join(data, 'pg_hba.conf'), entries.join(''));
  // As docs/machines.md asks for where machines are many: those of workers that were killed are open for a while, too.
  const settings = ['fsync=off', 'max_connections=300'].flatMap((setting) => ['-c', setting]);
  const options = ['-D', data, '-p', String(port), '-h', ['127.0.0.1', ...also].join(), '-k', folder, ...settings];
  return {
    address: `postgres://segmenter@127.0.0.1:${port}/postgres`,
    // At once, as by a crash; children go with it.
    signal: 'SIGQUIT',
    spawn: () => spawn(program, options, { stdio: 'ignore', ...user }),
    started: () => sleep(500),
  };
}

function hasUser(name: string): boolean {
  try {
    execFileSync('id', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(500, false),
    ]);
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`no server on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
