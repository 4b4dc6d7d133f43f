import { type Static, Type } from '@sinclair/typebox';

/** A place on the microscope's stage in micrometres; an axis that a file does not state is null. */
export const StagePositionSchema = Type.Object({
  z: Type.Union([Type.Number(), Type.Null()]),
  y: Type.Union([Type.Number(), Type.Null()]),
  x: Type.Union([Type.Number(), Type.Null()]),
});

/** What a file says of how and where an image was taken; what it does not say is left out. */
export const AcquisitionSchema = Type.Object({
  /** beginning of the acquisition, ISO 8601 */
  date: Type.Optional(Type.String({ minLength: 1 })),
  /** seconds from one time point to the next */
  timeIncrement: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  stage: Type.Optional(StagePositionSchema),
  plate: Type.Optional(Type.String({ minLength: 1 })),
  /** row as a letter and column from 1, for example "B3" */
  well: Type.Optional(Type.String({ minLength: 1 })),
  /** number of the field in its well, from 0 */
  field: Type.Optional(Type.Integer({ minimum: 0 })),
});

export type StagePosition = Static<typeof StagePositionSchema>;
export type Acquisition = Static<typeof AcquisitionSchema>;

/**
 * What is left to say of an acquisition when only some time points are taken: the step from one to the next, where they are
 * evenly spaced and in order; where they are not, there is none.
 * @param times numbers of the time points in the file
 */
export function acquisitionOfTimes({ timeIncrement, ...rest }: Acquisition, times: readonly number[]): Acquisition {
  if (timeIncrement === undefined || times.length < 2)
    return timeIncrement === undefined ? rest : { ...rest, timeIncrement };
  const step = times[1] - times[0];
  const even = step > 0 && times.every((time, i) => time === times[0] + i * step);
  return even ? { ...rest, timeIncrement: timeIncrement * step } : rest;
}
