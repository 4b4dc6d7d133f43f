import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownPackage } from '../base/own-package';
import { describeMachine, type Machine } from '../engines/choosing/machine';

/** What computes: with any of it changed a result may be another. */
export interface Programs {
  /** sha256 of this package's own code: a version is a name, which a developer's copy keeps while the code changes */
  code: string;
  /** of Node.js and the libraries in it, which decode and compress */
  runtime: Record<string, string | undefined>;
  /** versions of the packages that it uses; null: not installed */
  packages: Record<string, string | null>;
  machine: Machine;
}

/** The folder of the library's compiled code. */
const CODE = path.join(__dirname, '..');

let described: Promise<Programs> | null = null;

/** Describes what computes in this process, once: nothing of it changes while it runs. */
export function describePrograms(): Promise<Programs> {
  described ??= describe();
  described.catch(() => {
    described = null;
  });
  return described;
}

async function describe(): Promise<Programs> {
  const [code, machine] = await Promise.all([hashCode(CODE), describeMachine()]);
  const packages = Object.fromEntries(Object.keys(ownPackage().dependencies).map((name) => [name, versionOf(name)]));
  return { code, runtime: { ...process.versions }, packages, machine };
}

/** Hashes the code below a folder: names and contents, in the order of names. */
export async function hashCode(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js')).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\n`).update(await readFile(path.join(folder, name)));
  return hash.digest('hex');
}

function versionOf(name: string): string | null {
  // Not every package lets its package.json be asked for.
  for (const above of require.resolve.paths(name) ?? []) {
    try {
      return (require(path.join(above, name, 'package.json')) as { version: string }).version;
    } catch {}
  }
  return null;
}
