import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isAlive, ownMark, type ProcessMark } from './live-process';

/** One claim: a running job's hold on files. */
interface Pin {
  owner: ProcessMark;
  names: string[];
}

/**
 * Claims on files that several processes share, one small file a claim. A claim ends when it is released or
 * when its process does.
 */
export class ScratchPins {
  constructor(private readonly folder: string) {}

  /** Claims files by name; the returned function ends the claim. */
  async add(names: readonly string[]): Promise<() => Promise<void>> {
    await mkdir(this.folder, { recursive: true });
    const pin: Pin = { owner: await ownMark(), names: [...names] };
    const file = path.join(this.folder, `${process.pid}-${randomUUID()}.json`);
    // Renamed into place: another process never reads half a claim.
    await writeFile(`${file}.new`, JSON.stringify(pin));
    await rename(`${file}.new`, file);
    return () => rm(file, { force: true });
  }

  /** The names claimed by processes that live; claims of dead ones are removed. */
  async names(): Promise<Set<string>> {
    const claimed = new Set<string>();
    for (const entry of await readdir(this.folder).catch(() => [])) {
      const file = path.join(this.folder, entry);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) continue;
      const pin = readPin(text);
      if (pin && (await isAlive(pin.owner))) for (const name of pin.names) claimed.add(name);
      else if (pin || !(await ownerMayLive(entry))) await rm(file, { force: true });
    }
    return claimed;
  }
}

function readPin(text: string): Pin | null {
  try {
    const { owner, names } = JSON.parse(text) as Partial<Pin>;
    if (!owner || !Number.isInteger(owner.pid) || !Array.isArray(names)) return null;
    return { owner, names };
  } catch {
    return null;
  }
}

/** A claim that cannot be read is being written, or was cut off by a power failure. */
function ownerMayLive(entry: string): Promise<boolean> {
  const pid = Number.parseInt(entry, 10);
  return Number.isInteger(pid) && pid > 0 ? isAlive({ pid, started: null }) : Promise.resolve(false);
}
