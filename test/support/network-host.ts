import { execFileSync } from 'node:child_process';

/** Of addresses that nobody routes, for each pair of ends a network of its own. */
const NETWORK = '10.213';

/** Another host as far as its network goes: processes in a network namespace, reached over a cable that can be pulled. */
export class NetworkHost {
  /** in this process: the cable of one that ended may lie there for a while longer */
  private static made = 0;

  private constructor(
    private readonly name: string,
    /** of this machine, as the host sees it */
    readonly here: string,
  ) {}

  /** Makes a host. @returns null where this system does not let its user: Linux with `ip`, as root */
  static open(): NetworkHost | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
    const number = NetworkHost.made++;
    const name = `seg${process.pid}n${number}`;
    const place = (10 * process.pid + number) % (255 * 64);
    const prefix = `${NETWORK}.${Math.floor(place / 64)}`;
    const [here, there] = [1, 2].map((end) => `${prefix}.${4 * (place % 64) + end}`);
    const host = new NetworkHost(name, here);
    try {
      ip('netns', 'add', name);
    } catch {
      return null;
    }
    try {
      ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', 'cable', 'netns', name);
      ip('addr', 'add', `${here}/30`, 'dev', `${name}a`);
      ip('link', 'set', `${name}a`, 'up');
      host.inside('ip', 'addr', 'add', `${there}/30`, 'dev', 'cable');
      host.inside('ip', 'link', 'set', 'lo', 'up');
      host.heal();
      return host;
    } catch {
      host.close();
      return null;
    }
  }

  /** What a program and its arguments are put behind to run there. */
  get command(): [program: string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Pulls the cable: what is sent either way is lost, and nobody is told. */
  cut(): void {
    this.inside('ip', 'link', 'set', 'cable', 'down');
  }

  heal(): void {
    this.inside('ip', 'link', 'set', 'cable', 'up');
    // Routes went with the cable; by this one it reaches all addresses of this machine.
    this.inside('ip', 'route', 'replace', 'default', 'via', this.here);
  }

  /** Ends it and takes the cable away. */
  close(): void {
    for (const end of [
      ['link', 'del', `${this.name}a`],
      ['netns', 'del', this.name],
    ]) {
      try {
        ip(...end);
      } catch {}
    }
  }

  private inside(...command: string[]): void {
    ip('netns', 'exec', this.name, ...command);
  }
}

function ip(...parameters: string[]): void {
  execFileSync('ip', parameters, { stdio: 'ignore' });
}
