import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const EVERY_MS = 5;
const TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'];

/**
 * Looks every few milliseconds, through Linux's /proc, at the internet sockets that processes hold, whoever opened them:
 * Node.js or a native library. A look-up of a server's name holds one, too.
 */
export class SocketWatch {
  static readonly works = existsSync('/proc/self/net/udp');
  /** protocol and process of each socket */
  readonly seen: string[] = [];
  looks = 0;
  private readonly pids = new Set<number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly listed: () => Array<number | undefined>) {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** how many processes were looked at */
  get processes(): number {
    return this.pids.size;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (!SocketWatch.works) return;
    for (const pid of this.listed()) {
      if (pid === undefined) continue;
      try {
        this.lookAt(pid);
      } catch {
        // It has ended.
      }
    }
  }

  private lookAt(pid: number): void {
    const held = new Set<string>();
    for (const file of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${file}`))?.[1];
        if (inode) held.add(inode);
      } catch {
        // It was closed meanwhile.
      }
    }
    this.looks++;
    this.pids.add(pid);
    for (const table of TABLES) {
      for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
        const fields = line.trim().split(/\s+/);
        if (held.has(fields[9])) this.seen.push(`${table} of process ${pid} to ${fields[2]}`);
      }
    }
  }
}
