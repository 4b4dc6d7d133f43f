import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CorruptFileError } from '../base/errors';
import type { TrainingState } from '../engines/engine';
import { bytesOf, viewAs } from '../image/dtype';
import { writeFileAtomic } from '../storage/atomic-file';
import type { EpochRecord } from './history';
import type { ValidationResult } from './validate';

/** The best weights so far and how they were judged. */
export interface BestModel {
  step: number;
  epoch: number;
  result: ValidationResult;
  parameters: Float32Array;
}

/** Everything a killed training needs to go on as if nothing had happened. */
export interface Checkpoint {
  /** stands for settings and data */
  key: string;
  state: TrainingState;
  best: BestModel | null;
  history: EpochRecord[];
  /** sum and number of the losses of the epoch under way */
  epochLoss: { sum: number; count: number };
  /** of training, pauses left out */
  seconds: number;
  /** why the training ended; null: it has not */
  ended: EndReason | null;
  facts: DataFacts;
}

/** What was found in the data, for the card. */
export interface DataFacts {
  /** images trained on; each time point counts */
  images: number;
  validationImages: number;
  notes: string[];
  /** what computed last, `onnx on cpu`; missing in checkpoints of older versions */
  computedBy?: string;
}

/** Why a training ended. */
export type EndReason = 'budget' | 'patience' | 'time' | 'stopped';

const MAGIC = 'SEGCKPT1';
const VECTORS = ['parameters', 'average', 'firstMoment', 'secondMoment'] as const;

/**
 * Writes a checkpoint, whole or not at all. Layout: 8 bytes of magic, length of the header as uint32, the header in
 * JSON padded with spaces to a multiple of 4 bytes, then float32 vectors: the state's four, then the best parameters.
 */
export async function writeCheckpoint(file: string, { state, best, ...rest }: Checkpoint): Promise<void> {
  const vectors = [...VECTORS.map((name) => state[name]), ...(best ? [best.parameters] : [])];
  const body = Buffer.concat(vectors.map((vector) => bytesOf(vector as Float32Array<ArrayBuffer>)));
  const header = {
    ...rest,
    step: state.step,
    parameters: state.parameters.length,
    best: best && { step: best.step, epoch: best.epoch, result: best.result },
    sha256: createHash('sha256').update(body).digest('hex'),
  };
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(text.length + ((4 - (Buffer.byteLength(text) % 4)) % 4)), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  await writeFileAtomic(file, Buffer.concat([Buffer.from(MAGIC, 'ascii'), length, json, body]));
}

/**
 * The checkpoint in a file.
 * @returns null where there is none, or one of another training
 * @throws CorruptFileError where it is damaged
 */
export async function readCheckpoint(file: string, key: string): Promise<Checkpoint | null> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!bytes) return null;
  if (bytes.subarray(0, 8).toString('latin1') !== MAGIC || bytes.length < 12) {
    throw new CorruptFileError(file, 'is not a training checkpoint');
  }
  const start = 12 + bytes.readUInt32LE(8);
  const header = parseHeader(file, bytes.subarray(12, start));
  if (header.key !== key) return null;
  const body = bytes.subarray(start);
  if (createHash('sha256').update(body).digest('hex') !== header.sha256) {
    throw new CorruptFileError(file, 'its content does not match its checksum');
  }
  const count = header.parameters;
  const vector = (index: number) =>
    viewAs('float32', body.subarray(4 * count * index, 4 * count * (index + 1))).slice();
  const { step, best, history, epochLoss, seconds, ended, facts } = header;
  return {
    ...{ key, history, epochLoss, seconds, ended, facts },
    state: {
      step,
      parameters: vector(0),
      average: vector(1),
      firstMoment: vector(2),
      secondMoment: vector(3),
    },
    best: best && { ...best, parameters: vector(4) },
  };
}

interface Header extends Omit<Checkpoint, 'state' | 'best'> {
  step: number;
  /** length of each vector */
  parameters: number;
  best: Omit<BestModel, 'parameters'> | null;
  sha256: string;
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    return JSON.parse(bytes.toString('utf8')) as Header;
  } catch (cause) {
    throw new CorruptFileError(file, 'its header is damaged', {}, { cause });
  }
}
