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
  mkdirSync(folder, { recursive: true });
  for (const group of GROUPS) {
    for (const [i, { id, fold, ...seen }] of groups[group].entries()) {
      const name = `${group}-${String(i).padStart(3, '0')}-${fold ?? 'x'}.objects`;
      writeFileSync(path.join(folder, name), await packObjects({ ...seen, item: { id }, isPart: false }));
    }
  }
  writeFileSync(path.join(folder, 'facts.json'), JSON.stringify(facts));
}

/** Reads what {@link keepMaps} kept. */
export async function keptMaps(folder: string): Promise<ObjectMapsOfTraining> {
  const names = readdirSync(folder).sort();
  const read = async (group: string): Promise<SeenObjects[]> => {
    const seen: SeenObjects[] = [];
    for (const name of names.filter((file) => file.startsWith(`${group}-`))) {
      const {
        isPart: _,
        numbers,
        weight,
        ...objects
      } = await unpackObjects(readFileSync(path.join(folder, name)), name);
      const fold = /-(x|\d+)\.objects$/.exec(name)?.[1];
      seen.push({
        ...objects,
        numbers: numbers.slice(),
        weight: weight.slice(),
        fold: fold === 'x' ? null : Number(fold),
      });
    }
    return seen;
  };
  const facts = JSON.parse(readFileSync(path.join(folder, 'facts.json'), 'utf8')) as ObjectMapsOfTraining['facts'];
  return { facts, held: await read('held'), learned: await read('learned'), judged: await read('judged') };
}
