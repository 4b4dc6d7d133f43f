import { type Static, Type } from '#typebox';
import { prepareCheck, validate, words } from '../base/schema';
import { IMAGE_DEFS, type ImageDescription, ImageRef } from '../image/description';

/** The images of a sample that people look at again, by their names in it. */
export const RESULT_ROLES = ['raw', 'probability', 'mask', 'labels', 'target', 'seg1', 'seg2', 'weight'] as const;
export type ResultRole = (typeof RESULT_ROLES)[number];

/** Which images of a sample were compared, where a node did. */
const ComparedSchema = Type.Object({ found: words(RESULT_ROLES), truth: words(RESULT_ROLES) });
export type Compared = Static<typeof ComparedSchema>;
export type ResultImages = Partial<Record<ResultRole, ImageDescription>>;

const Share = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));

/** What of the metrics results are sorted and judged by. */
const ResultMetricsSchema = Type.Object({
  dice: Share,
  uncertainty: Share,
  /** of a prediction, without a truth */
  predictedDice: Share,
  /** whether the image looks unlike those of the training */
  unlike: Type.Optional(Type.Boolean()),
  /** of the mask, in probabilities */
  threshold: Type.Optional(Type.Number()),
});
export type ResultMetrics = Static<typeof ResultMetricsSchema>;

/** The node that a sample passed, as a flow knows it. */
export const ResultNodeSchema = Type.Object({
  id: Type.String(),
  type: Type.String(),
  name: Type.String(),
  /** the name of its flow */
  flow: Type.String(),
});
export type ResultNode = Static<typeof ResultNodeSchema>;

const ResultRowSchema = Type.Object({
  /** no other entry has it */
  id: Type.String({ minLength: 1 }),
  /** the sequence at one node that the sample came in */
  run: Type.String({ minLength: 1 }),
  /** milliseconds since 1970 */
  at: Type.Number(),
  /** id of the sample */
  sample: Type.String({ minLength: 1 }),
  node: ResultNodeSchema,
  metrics: ResultMetricsSchema,
  compared: Type.Optional(ComparedSchema),
  /** name@version of the model that made what was found; absent: the message did not say */
  model: Type.Optional(Type.String({ maxLength: 300 })),
  /** why it failed; null: it did not */
  failed: Type.Union([Type.String(), Type.Null()]),
});
/** What is kept of an entry in memory. */
export type ResultRow = Static<typeof ResultRowSchema>;

/** A sample that passed a node: a line of the log. */
const ResultEntrySchema = Type.Object(
  {
    ...ResultRowSchema.properties,
    images: Type.Object(Object.fromEntries(RESULT_ROLES.map((role) => [role, Type.Optional(ImageRef)]))),
  },
  { $defs: IMAGE_DEFS },
);
export interface ResultEntry extends ResultRow {
  images: ResultImages;
}

/** To be called on a deploy, so that the first look does not hold up Node-RED. */
export function prepareResultChecks(): void {
  prepareCheck(ResultEntrySchema);
}

/** Reads a line of the log; null where it is damaged, or was cut off by a crash. */
export function readEntry(line: string): ResultEntry | null {
  try {
    return validate(ResultEntrySchema, JSON.parse(line), 'result') as ResultEntry;
  } catch {
    return null;
  }
}
