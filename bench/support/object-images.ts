import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describeImage } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import type { Sample } from '../../src/samples/sample';
import { NUCLEI_2D, NUCLEI_3D, type SampleSet, simulateSample } from '../../src/simulation/sample-sets';
import type { Bench } from './host';
import { writeImage } from './nuclei-trainings';
import { folderOf } from './real-data-lines';

/** Images with every object numbered: those that are learned from, and others. */
export interface ObjectImages {
  train: Sample[];
  test: Array<Sample & { seg1: ImageDescription }>;
}

/** Nuclei that press against each other: twice as many as in the samples, and later ones over the edges of earlier ones. */
export const CROWDED: Record<string, SampleSet> = {
  '2d': { ...NUCLEI_2D, nuclei: { ...NUCLEI_2D.nuclei, nuclei: 70, gap: 0.9 }, images: { train: 8, test: 6 } },
  '3d': { ...NUCLEI_3D, nuclei: { ...NUCLEI_3D.nuclei, nuclei: 60, gap: 0.9 }, images: { train: 4, test: 3 } },
};

/** The images of a simulated set (`2d`, `3d`), or of a folder of real ones with `instances/`. */
export function objectImages(bench: Bench, name: string): Promise<ObjectImages> {
  const set = CROWDED[name];
  return set ? simulated(bench, set) : real(bench, name);
}

async function simulated(bench: Bench, set: SampleSet): Promise<ObjectImages> {
  const sampleOf = async (number: number) => {
    const { shape, raw, labels } = simulateSample(set, number);
    const id = `${set.name}-${number}`;
    const image = await writeImage(bench, `${id}-raw`, shape, raw);
    const seg1 = await writeImage(bench, `${id}-labels`, shape, labels);
    return { id, raw: { ...image, pixelSize: set.pixelSize }, seg1 };
  };
  const { train, test } = set.images;
  const samples = [];
  for (let number = 0; number < train + test; number++) samples.push(await sampleOf(number));
  return { train: samples.slice(0, train), test: samples.slice(train) };
}

async function real({ folder }: Bench, name: string): Promise<ObjectImages> {
  const copy = path.join(folder, 'data');
  cpSync(folderOf(name), copy, { recursive: true });
  const samplesOf = async (split: string) => {
    const samples = [];
    for (const file of readdirSync(path.join(copy, split, 'raw')).sort()) {
      const image = (role: string) => describeImage(path.join(copy, split, role, file), { id: `${file}-${role}` });
      samples.push({ id: `${split}/${file}`, raw: await image('raw'), seg1: await image('instances') });
    }
    return samples;
  };
  return { train: await samplesOf('train'), test: await samplesOf('test') };
}
