import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { NUCLEI_2D, type SampleSet, simulateSample } from '../../src/simulation/sample-sets';
import type { Field } from './microscope-changes';
import { REAL, readReal } from './rare-real';

/** An image that a model is judged on. */
export interface HeldOut {
  name: string;
  field: Field;
  /** absent: as those of the training */
  group?: 'fault' | 'harmless';
  kind?: string;
}

/** Images to train a model on, and others of the kind. */
export interface GateSet {
  name: string;
  /** of the training, about: some minutes on two cores */
  steps: number;
  train: () => Promise<HeldOut[]>;
  heldOut: () => Promise<HeldOut[]>;
  /** how many of the held-out images are changed, each in all ways */
  changed: number;
}

/** What is simulated as another microscope, or another sample, takes it. */
const MICROSCOPES: ReadonlyArray<{ kind: string; group: 'fault' | 'harmless'; set: SampleSet }> = [
  { kind: 'a third of the light', group: 'fault', set: seenBy({ photons: 15, background: 13 }) },
  { kind: 'bleached: a sixth of the stain', group: 'fault', set: seenBy({ photons: 7.5 }) },
  { kind: 'out of focus: twice the blur', group: 'fault', set: seenBy({ blur: [0, 3, 3] }) },
  { kind: 'a noisier camera', group: 'fault', set: seenBy({ readNoise: 60 }) },
  { kind: 'half the magnification', group: 'fault', set: holding({ radius: [4.5, 7.5], nuclei: 110 }) },
  { kind: 'twice the magnification', group: 'fault', set: holding({ radius: [18, 30], nuclei: 8 }) },
  { kind: 'no nuclei', group: 'fault', set: holding({ nuclei: 0 }) },
  { kind: 'a third of the nuclei', group: 'harmless', set: holding({ nuclei: 10 }) },
  { kind: 'almost twice the nuclei', group: 'harmless', set: holding({ nuclei: 55 }) },
  { kind: 'another gain and offset', group: 'harmless', set: seenBy({ gain: 16, offset: 400, readNoise: 24 }) },
];
const SIMULATED = { train: 16, heldOut: 100, changed: 12, ofEach: 12 };

/** The simulated set first; real ones where this machine has them. */
export const GATE_SETS: readonly GateSet[] = [
  {
    name: 'simulated',
    steps: 300,
    changed: SIMULATED.changed,
    train: async () => Array.from({ length: SIMULATED.train }, (_, i) => simulated(NUCLEI_2D, 5000 + i)),
    heldOut: async () => [
      ...Array.from({ length: SIMULATED.heldOut }, (_, i) => simulated(NUCLEI_2D, 7000 + i)),
      ...MICROSCOPES.flatMap(({ kind, group, set }) =>
        Array.from({ length: SIMULATED.ofEach }, (_, i) => ({ ...simulated(set, 9000 + i), kind, group })),
      ),
    ],
  },
  ...(existsSync(REAL)
    ? [real('nuclei2d-bbbc039'), real('sem2d-axons'), real('nuclei3d-ovule', 12), real('nuclei3d-embryo', 12)]
    : []),
];

function seenBy(microscope: Partial<SampleSet['microscope']>): SampleSet {
  return { ...NUCLEI_2D, microscope: { ...NUCLEI_2D.microscope, ...microscope } };
}

function holding(nuclei: Partial<SampleSet['nuclei']>): SampleSet {
  return { ...NUCLEI_2D, nuclei: { ...NUCLEI_2D.nuclei, ...nuclei } };
}

function simulated(set: SampleSet, number: number): HeldOut {
  const { shape, raw, labels } = simulateSample(set, number);
  const truth = Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0));
  return { name: `simulated-${number}`, field: { shape, dtype: 'uint16', pixels: raw, truth } };
}

/** @param planes that a stack to judge is cut to, so that some parts of it are images of their own; absent: whole */
function real(set: string, planes?: number): GateSet {
  const read = async (split: string, cut?: number): Promise<HeldOut[]> => {
    const folder = path.join(REAL, set, split);
    const all: HeldOut[] = [];
    for (const file of readdirSync(path.join(folder, 'raw')).sort()) {
      const [raw, seg] = await Promise.all(['raw', 'seg'].map((role) => readReal(path.join(folder, role, file))));
      const truth = Uint8Array.from(seg.pixels, (value) => (value > 0 ? 255 : 0));
      const dtype = raw.pixels instanceof Uint8Array ? 'uint8' : 'uint16';
      const { name } = path.parse(file);
      all.push(...partsOf(name.replace(/\.ome$/, ''), { shape: raw.shape, dtype, pixels: raw.pixels, truth }, cut));
    }
    return all;
  };
  return {
    name: set,
    steps: planes === undefined ? 300 : 100,
    changed: planes === undefined ? 8 : 2,
    train: () => read('train'),
    heldOut: () => read('test', planes),
  };
}

function partsOf(name: string, field: Field, planes?: number): HeldOut[] {
  const { shape, pixels, truth } = field;
  const [t, c, depth, height, width] = shape;
  if (planes === undefined) return [{ name, field }];
  const plane = height * width;
  return Array.from({ length: Math.floor(depth / planes) }, (_, i) => {
    const [from, to] = [i * planes * plane, (i + 1) * planes * plane];
    const part: Field = {
      ...field,
      shape: [t, c, planes, height, width],
      pixels: pixels.slice(from, to),
      truth: truth.slice(from, to),
    };
    return { name: `${name}-z${i * planes}`, field: part };
  });
}
