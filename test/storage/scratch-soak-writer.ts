import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random';
import { AtomicFile } from '../../src/storage/atomic-file';
import { Scratch } from '../../src/storage/scratch';
import { parseScratchName } from '../../src/storage/scratch-names';

/** Results have up to so many bytes. */
export const LARGEST = 300_000;
/** A pinned file that an eviction has moved aside comes back; one that was killed meanwhile leaves that to the next. */
const BACK_MS = 3000;

/** What a writer does until it is killed: stores, grows, gives up, hands over, looks up, pins and reads. */
async function main(): Promise<void> {
  const [folder, quotaMB, seed] = process.argv.slice(2);
  const random = new Random(Number(seed));
  const scratch = await Scratch.open({ folder, quotaMB: Number(quotaMB) });
  const size = () => 1 + Math.floor(random.uniform() * (LARGEST - 1));
  for (;;) {
    try {
      if (random.chance(0.5)) await scratch.saveBytes(new Uint8Array(size()), 'whole', '.bin');
      else if (random.chance(0.3)) await growing(scratch, size(), random.chance(0.3));
      else if (random.chance(0.2)) await keyed(scratch, `key ${Math.floor(random.uniform() * 20)}`, size());
      else await pinned(scratch, random);
    } catch (error) {
      // What a busy store answers; everything else is told.
      const code = (error as { code?: string }).code;
      if (code !== 'busy' && code !== 'not-found') process.send?.(`${error}`);
    }
  }
}

async function growing(scratch: Scratch, bytes: number, givenUp: boolean): Promise<void> {
  const { path, options } = await scratch.newFile('growing', '.bin', 100);
  const file = await AtomicFile.create(path, options);
  for (let at = 0; at < bytes; at += 50_000) await file.write(new Uint8Array(Math.min(50_000, bytes - at)), at);
  if (givenUp) await file.abort();
  else await file.commit();
}

async function keyed(scratch: Scratch, key: string, bytes: number): Promise<void> {
  if (await scratch.find('keyed', key, '.bin')) return;
  const { path, options } = await scratch.newFileFor('keyed', key, '.bin', bytes);
  const file = await AtomicFile.create(path, options);
  await file.write(new Uint8Array(bytes), 0);
  await file.commit();
}

async function pinned(scratch: Scratch, random: Random): Promise<void> {
  const names = (await readdir(scratch.folder)).filter((name) => parseScratchName(name)?.partial === false);
  if (names.length === 0) return;
  const file = path.join(scratch.folder, names[Math.floor(random.uniform() * names.length)]);
  const release = await scratch.pin([file]);
  for (let i = 0; i < 5; i++) {
    await sleep(5);
    if (!(await isThere(file))) process.send?.(`pinned ${file} is gone`);
  }
  const reader = await open(file, 'r').catch(() => null);
  await reader?.close();
  await release();
}

async function isThere(file: string): Promise<boolean> {
  for (const end = performance.now() + BACK_MS; performance.now() < end; await sleep(20)) {
    if (await stat(file).catch(() => null)) return true;
  }
  return false;
}

if (require.main === module) void main();
