import { createHash } from 'node:crypto';
import { type Static, Type } from '#typebox';
import { CorruptFileError, messageOf } from '../../base/errors';
import { validate, words } from '../../base/schema';
import type { TrainingState } from '../../engines/engine';
import { bytesOf, viewAs } from '../../image/dtype';
import { HistogramJsonSchema } from '../../metrics/probability-histogram';
import { LooksSchema } from '../../trust/looks';
import { TrainingPlanSchema } from '../plan';
import { TILE_SIZES } from '../settings';
import { DecodingTallySchema } from '../validation/decoding-tally';
import { FoldResultSchema } from '../validation/forms';

const Whole = Type.Integer({ minimum: 0 });
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const closed = { additionalProperties: false };

/** What was found in the data, for the card. */
const DataFactsSchema = Type.Object(
  {
    /** images trained on; each time point counts */
    images: Whole,
    validationImages: Whole,
    notes: Type.Array(Type.String()),
    /** of the notes those that a person should see at once */
    warnings: Type.Optional(Type.Array(Type.String())),
    /** what computed last, `onnx on cpu` */
    computedBy: Type.Optional(Type.String()),
    /** how the images look that are learned from */
    looks: Type.Optional(LooksSchema),
    /** Dice on the validation images of the model that it started from */
    startDice: Type.Optional(Type.Number()),
  },
  closed,
);
export type DataFacts = Static<typeof DataFactsSchema>;

/** Why a training ended; `early`: nothing rose any more. */
const EndReasonSchema = words(['budget', 'early', 'patience', 'time', 'stopped']);
export type EndReason = Static<typeof EndReasonSchema>;

/** All of a checkpoint but its vectors. */
const HeaderSchema = Type.Object(
  {
    /** stands for settings and data */
    key: Type.String(),
    plan: TrainingPlanSchema,
    /** the stage under way, from 0 */
    stage: Whole,
    /** of the stage */
    step: Whole,
    /** length of each vector */
    parameters: Type.Integer({ minimum: 1 }),
    best: Type.Union([
      Type.Null(),
      Type.Object(
        {
          step: Whole,
          epoch: Whole,
          result: Type.Object(
            {
              dice: Type.Number(),
              threshold: Type.Number(),
              tiles: words(TILE_SIZES),
              perImage: Type.Array(
                Type.Object(
                  { id: Type.String(), dice: NumberOrNull, falsePositive: Type.Optional(Type.Number()) },
                  closed,
                ),
              ),
              histograms: Type.Array(HistogramJsonSchema),
            },
            closed,
          ),
        },
        closed,
      ),
    ]),
    /** that are done */
    folds: Type.Array(FoldResultSchema),
    /** the weights of the last fold that is done are among the vectors */
    hasFold: Type.Boolean(),
    history: Type.Array(
      Type.Object(
        {
          epoch: Whole,
          step: Whole,
          loss: Type.Number(),
          validationDice: NumberOrNull,
          threshold: NumberOrNull,
          learningRate: Type.Number(),
          seconds: Type.Number(),
        },
        closed,
      ),
    ),
    /** sum and number of the losses of the epoch under way */
    epochLoss: Type.Object({ sum: Type.Number(), count: Whole }, closed),
    /** of the best model's norms, where they are not those of each tile */
    moments: Type.Optional(Type.Array(Type.Number())),
    /** what the folds held out, by the model that learned from all of it */
    learned: Type.Optional(Type.Array(HistogramJsonSchema)),
    /** what each way of decoding the best model's predictions found in validation images, where objects are told apart */
    decodings: Type.Optional(Type.Array(DecodingTallySchema)),
    /** of training, pauses left out */
    seconds: Type.Number(),
    /** why the training ended; null: it has not */
    ended: Type.Union([EndReasonSchema, Type.Null()]),
    facts: DataFactsSchema,
  },
  closed,
);
type Header = Static<typeof HeaderSchema>;

/** The best weights so far and how they were judged. */
export type BestModel = NonNullable<Header['best']> & { parameters: Float32Array };

/** Everything a killed training needs to go on as if nothing had happened. */
export interface Checkpoint extends Omit<Header, 'step' | 'parameters' | 'best' | 'hasFold'> {
  state: TrainingState;
  best: BestModel | null;
  /** averaged weights of the last fold that is done */
  fold: Float32Array | null;
}

const MAGIC = Buffer.from('SEGCKPT3', 'ascii');
const HASH_BYTES = 32;
const HEADER_AT = MAGIC.length + HASH_BYTES + 4;
const VECTORS = ['parameters', 'average', 'firstMoment', 'secondMoment'] as const;

/**
 * The bytes of a checkpoint: 8 of magic, sha256 of all that follows, length of the header as uint32, the header in JSON
 * padded with spaces to a multiple of 4 bytes, then float32 vectors: the state's four, the best parameters, those of a fold.
 */
export function encodeCheckpoint({ state, best, fold, ...rest }: Checkpoint): Buffer {
  const vectors = [...VECTORS.map((name) => state[name]), ...(best ? [best.parameters] : []), ...(fold ? [fold] : [])];
  const header: Header = {
    ...rest,
    step: state.step,
    parameters: state.parameters.length,
    best: best && { step: best.step, epoch: best.epoch, result: best.result },
    hasFold: fold !== null,
  };
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const json = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, ' ')]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const content = [length, json, ...vectors.map((vector) => bytesOf(vector as Float32Array<ArrayBuffer>))];
  return Buffer.concat([MAGIC, sha256(content), ...content]);
}

/**
 * The checkpoint that bytes hold.
 * @param file names them in errors
 * @throws CorruptFileError where a single bit of them is not as it was written
 */
export function decodeCheckpoint(bytes: Buffer, file: string): Checkpoint {
  if (bytes.length < HEADER_AT || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new CorruptFileError(file, 'is not a checkpoint of a training by this version');
  }
  const content = bytes.subarray(MAGIC.length + HASH_BYTES);
  if (!sha256([content]).equals(bytes.subarray(MAGIC.length, MAGIC.length + HASH_BYTES))) {
    throw new CorruptFileError(file, 'its content does not match its checksum');
  }
  const end = HEADER_AT + bytes.readUInt32LE(HEADER_AT - 4);
  const { step, parameters, best, hasFold, ...rest } = parseHeader(file, bytes.subarray(HEADER_AT, end));
  const body = bytes.subarray(end);
  const size = 4 * parameters;
  const expected = size * (VECTORS.length + (best ? 1 : 0) + (hasFold ? 1 : 0));
  if (body.length !== expected) {
    throw new CorruptFileError(file, `expected vectors of ${expected} bytes, found ${body.length} bytes`);
  }
  const vector = (index: number) => viewAs('float32', body.subarray(size * index, size * (index + 1))).slice();
  const [current, average, firstMoment, secondMoment] = VECTORS.map((_, index) => vector(index));
  return {
    ...rest,
    state: { step, parameters: current, average, firstMoment, secondMoment },
    best: best && { ...best, parameters: vector(VECTORS.length) },
    fold: hasFold ? vector(VECTORS.length + (best ? 1 : 0)) : null,
  };
}

function sha256(parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    return validate(HeaderSchema, JSON.parse(bytes.toString('utf8')), 'header');
  } catch (cause) {
    throw new CorruptFileError(file, `its header is not that of a checkpoint: ${messageOf(cause)}`, {}, { cause });
  }
}
