import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError } from '../../../src/base/errors';
import { Random } from '../../../src/base/random';
import { mutate } from './mutate';
import { readInput } from './read-input';
import { fuzzSeeds, type Seed } from './seeds';

/** What the child says: which input it begins, what was wrong with one, and how it went. */
export type ChildMessage =
  | { kind: 'begin'; input: number; seed: string }
  | { kind: 'fault'; input: number; seed: string; fault: string }
  | { kind: 'end'; read: number; refused: number; seeds: number; startBytes: number; peakBytes: number };

const [folderOfInputs, day, first, last] = process.argv.slice(2);
const say = (message: ChildMessage): boolean | undefined => process.send?.(message);
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** Runs inputs `first` to `last - 1`; input i mutates file i modulo their number, in a way that `day` decides, too. */
async function main(folder: string, day: number, first: number, last: number): Promise<void> {
  const seeds = await fuzzSeeds();
  for (const seed of seeds) await readInput(place(folder, seed, null), seed.extension).catch(() => undefined);
  const startBytes = peakBytes();
  let [read, refused] = [0, 0];
  for (let input = first; input < last; input++) {
    const seed = seeds[input % seeds.length];
    say({ kind: 'begin', input, seed: seed.name });
    const file = place(folder, seed, new Random(input, day));
    try {
      await readInput(file, seed.extension);
      read++;
    } catch (error) {
      const fault = faultOf(error, file);
      if (fault) say({ kind: 'fault', input, seed: seed.name, fault });
      refused++;
    }
  }
  say({ kind: 'end', read, refused, seeds: seeds.length, startBytes, peakBytes: peakBytes() });
}

/** Anything but an error of ours that names the file. */
function faultOf(error: unknown, file: string): string | null {
  if (!(error instanceof SegmenterError)) return `not an error of ours: ${(error as Error)?.stack ?? String(error)}`;
  if (error.code === 'internal') return `an internal error: ${error.stack}`;
  const [name] = path.relative(folderOfInputs, file).split(path.sep);
  return error.message.includes(name) ? null : `does not name the file: ${error.message}`;
}

/** Writes a seed, damaged where `random` is given; of a folder one of its files is. */
function place(folder: string, { extension, bytes, opened = '' }: Seed, random: Random | null): string {
  const target = path.join(folder, `input${extension}`);
  if (bytes instanceof Uint8Array) {
    writeFileSync(target, random ? mutate(bytes, random) : bytes);
    return target;
  }
  rmSync(target, { recursive: true, force: true });
  const names = Object.keys(bytes);
  const damaged = random ? names[random.integer(names.length)] : null;
  for (const name of names) {
    mkdirSync(path.join(target, path.dirname(name)), { recursive: true });
    const damage = random && name === damaged;
    writeFileSync(path.join(target, name), damage ? mutate(bytes[name], random) : bytes[name]);
  }
  return path.join(target, opened);
}

void main(folderOfInputs, Number(day), Number(first), Number(last)).then(() => process.disconnect());
