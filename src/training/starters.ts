import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { hashBytes } from '../models/model-file';
import { initialParameters } from '../network';
import { fittedParameters, isFitting, type Weights } from '../network/fitted-parameters';
import { unpackWeights } from '../network/packed-weights';
import type { NetworkSpec } from '../network/spec';
import { filtersOf } from '../network/topology';
import { fileError } from '../storage/file-error';
import type { StartModel } from './fine-tuning';
import type { TrainSettings } from './settings';

/** Weights that a network may begin with, learned from simulated images alone (bench/starter.ts). */
export interface StarterWeights extends Weights {
  name: string;
  /** of the file */
  sha256: string;
}

/**
 * The networks that the package brings weights for: small ones of planes, for who has time for few steps. In stacks random weights are
 * no worse after 96 steps of Muon, see bench/README.md.
 */
export const STARTERS: ReadonlyArray<{ name: string; spec: NetworkSpec }> = [
  { name: 'small-2d', spec: { inChannels: 1, outChannels: 3, filters: filtersOf('small', 5), dimensions: 2 } },
];

/** Where their files lie in the package. */
const FOLDER = path.join(__dirname, '../../../starters');

/**
 * Reads all starter weights.
 * @throws SegmenterError where a file of the package is missing, or damaged, naming it
 */
export async function readStarters(folder = FOLDER): Promise<StarterWeights[]> {
  return Promise.all(
    STARTERS.map(async ({ name, spec }) => {
      const file = path.join(folder, `${name}.bin`);
      const packed = await readFile(file).catch((error: unknown) => {
        throw fileError(error, 'read', file);
      });
      try {
        return { name, spec, sha256: hashBytes(packed), parameters: unpackWeights(spec, packed) };
      } catch (cause) {
        throw new SegmenterError(
          'corrupt-file',
          `${file}: expected the starter weights ${name}, got something else`,
          {},
          { cause },
        );
      }
    }),
  );
}

/** What decides the weights that a network begins with. */
interface Beginning {
  spec: NetworkSpec;
  settings: Pick<TrainSettings, 'seed'>;
  start: Pick<StartModel, 'parameters'> | null;
  starters: readonly StarterWeights[];
}

/** Gives the starter whose weights a training begins with; null: it begins with those of a model, or with random ones. */
export function starterOf({ start, starters, spec }: Omit<Beginning, 'settings'>): StarterWeights | null {
  return start ? null : (starters.find((starter) => isFitting(starter, spec)) ?? null);
}

/** Gives the weights that a training starts from: those of a model, or of a starter that fits, else random ones. */
export function firstParameters(beginning: Beginning): Float32Array {
  const { start, spec, settings } = beginning;
  const starter = starterOf(beginning);
  const fitted = starter && fittedParameters(starter, spec, settings.seed);
  return start?.parameters ?? fitted ?? initialParameters(spec, settings.seed);
}

/** Says what a training begins with, where that is none of a model. */
export function starterNote({ name }: StarterWeights): string {
  return `begun with the starter weights ${name}, learned from simulated images`;
}
