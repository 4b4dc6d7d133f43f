import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packObjects, unpackObjects } from '../../src/training/validation/kept-maps';
import type { ObjectTraining, SeenObjects } from './object-trainings';

/** What is known of a training of objects, without its weights. */
export interface ObjectMapsOfTraining extends Pick<ObjectTraining, 'held' | 'learned' | 'judged'> {
  facts: Record<string, unknown> & { threshold: number };
}

const GROUPS = ['held', 'learned', 'judged'] as const;

/** Whether a folder holds the maps of a training. */
export function hasMaps(folder: string): boolean {
  return existsSync(path.join(folder, 'facts.json'));
}

/** Keeps maps in a folder, so that ways of decoding can be compared without another training. */
export async function keepMaps(folder: string, { facts, ...groups }: ObjectMapsOfTraining): Promise<void> {
  for (const group of GROUPS) {
    for (const [i, seen] of groups[group].entries()) {
      await keepSeen(folder, `${group}-${String(i).padStart(3, '0')}`, seen);
    }
  }
  writeFileSync(path.join(folder, 'facts.json'), JSON.stringify(facts));
}

/** Reads what {@link keepMaps} kept. */
export async function keptMaps(folder: string): Promise<ObjectMapsOfTraining> {
  const facts = JSON.parse(readFileSync(path.join(folder, 'facts.json'), 'utf8')) as ObjectMapsOfTraining['facts'];
  const read = (group: string) => keptSeen(folder, `${group}-`);
  return { facts, held: await read('held'), learned: await read('learned'), judged: await read('judged') };
}

/** Keeps the maps of an image. @param name of its file, before the fold and the extension */
export async function keepSeen(folder: string, name: string, { id, fold, ...seen }: SeenObjects): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const packed = await packObjects({ ...seen, item: { id }, isPart: false });
  writeFileSync(path.join(folder, `${name}-${fold ?? 'x'}.objects`), packed);
}

/** Reads what {@link keepSeen} kept under names that begin so, in their order; nothing where there is no folder. */
export async function keptSeen(folder: string, prefix: string): Promise<SeenObjects[]> {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const all: SeenObjects[] = [];
  for (const name of names.filter((file) => file.startsWith(prefix))) {
    const { isPart: _, numbers, weight, ...objects } = await unpackObjects(readFileSync(path.join(folder, name)), name);
    const fold = /-(x|\d+)\.objects$/.exec(name)?.[1];
    const copies = { numbers: numbers.slice(), weight: weight.slice() };
    all.push({ ...objects, ...copies, fold: fold === 'x' ? null : Number(fold) });
  }
  return all;
}
