import { type Static, Type } from '#typebox';
import type { Measures } from './objects';
import type { StagePlace } from './place';

/** A place that a microscope shall go to, and why. */
export interface NextPosition extends StagePlace {
  /** sample and object, for names of files */
  name: string;
  sample: string;
  /** number of the object; null: the whole image */
  object: number | null;
  /** null for an image */
  measures: Measures | null;
  /** what it was ranked by; null for an image */
  score: number | null;
  /** of an image, why it is taken again */
  reason?: string;
}

export const FORMS = ['positions', 'useq'] as const;
export type Form = (typeof FORMS)[number];

/** What else an MDASequence of useq says, such as `channels`, `z_plan`, `autofocus_plan`; its positions are ours. */
export const SequenceRestSchema = Type.Object(
  {
    stage_positions: Type.Optional(Type.Never()),
    metadata: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { additionalProperties: true },
);
export type SequenceRest = Static<typeof SequenceRestSchema>;

/** The order in which useq goes through its axes where nobody says another: times, positions, grid, channels, z. */
const AXIS_ORDER = ['t', 'p', 'g', 'c', 'z'];

/**
 * Makes a useq MDASequence as JSON (useq-schema 0.9.1): what pymmcore-plus runs. Coordinates are micrometres; a z of null leaves
 * the focus where it is. `metadata.segmenter` has the positions with all that is known of them, in the same order.
 */
export function useqSequence(positions: readonly NextPosition[], rest: SequenceRest = {}): Record<string, unknown> {
  const { metadata, ...others } = rest;
  return {
    axis_order: AXIS_ORDER,
    ...others,
    stage_positions: positions.map(({ x, y, z, name }) => ({ x, y, z, name })),
    metadata: { ...metadata, segmenter: { positions } },
  };
}
