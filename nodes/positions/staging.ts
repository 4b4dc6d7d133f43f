import { Type } from '#typebox';
import { InvalidInputError } from '../../src/base/errors';
import { prepareCheck, validate } from '../../src/base/schema';
import type { ImageDescription, StagePosition } from '../../src/image/description';
import {
  type Calibration,
  CalibrationSchema,
  type Fitted,
  orientationFrom,
  placeFrom,
} from '../../src/stage/calibration';
import { type SequenceRest, SequenceRestSchema } from '../../src/stage/forms';
import { type Linear, orientationOf } from '../../src/stage/orientation';
import { type ImagePoint, placesByMap, type StagePlace, stagePlaces } from '../../src/stage/place';
import { placeOf } from '../typed-property';
import type { Work } from '../work';
import type { PositionsSettings } from './settings';

/** Where the stage stood, as a message says it. */
const StageSchema = Type.Object(
  { x: Type.Number(), y: Type.Number(), z: Type.Optional(Type.Union([Type.Number(), Type.Null()])) },
  { additionalProperties: true },
);

/** Compiles the checks, so that the first message does not hold up Node-RED. */
export function prepareStaging(): void {
  for (const schema of [StageSchema, CalibrationSchema, SequenceRestSchema]) prepareCheck(schema);
}

/** How places in an image become places on the stage, and how well points that say so fit. */
export interface Staged {
  placeOf: (at: ImagePoint) => StagePlace;
  fit: Pick<Fitted, 'residual' | 'points'> | null;
}

/** Settles for an image where its points are on the stage. @throws InvalidInputError naming what is not known */
export async function staged(work: Work<PositionsSettings>, image: ImageDescription): Promise<Staged> {
  const { orientation, flipX, flipY, flipZ, rotation, anchor } = work.settings;
  if (orientation === 'fiducials') {
    const fit = placeFrom(await calibrationOf(work), 'calibration');
    return { placeOf: placesByMap(fit.linear, fit.offset), fit };
  }
  const fit = orientation === 'calibration' ? orientationFrom(await calibrationOf(work), 'calibration') : null;
  const linear: Linear = fit?.linear ?? orientationOf({ flipX, flipY, rotation });
  const position = await positionOf(work);
  return { placeOf: stagePlaces(image, { orientation: linear, flipZ, anchor, position }), fit };
}

async function calibrationOf(work: Work<PositionsSettings>): Promise<Calibration> {
  const place = placeOf(work.property('points'));
  const value = await work.value('points');
  if (value === undefined) throw new InvalidInputError(place, 'a calibration: { points, pixelSize }', value);
  return validate(CalibrationSchema, value, place);
}

async function positionOf(work: Work<PositionsSettings>): Promise<StagePosition | null> {
  const value = await work.value('stage');
  if (value === undefined) return null;
  const { x, y, z = null } = validate(StageSchema, value, placeOf(work.property('stage')));
  return { x, y, z };
}

/** Reads what else the sequence of the microscope says. */
export async function sequenceRestOf(work: Work<PositionsSettings>): Promise<SequenceRest> {
  const value = await work.value('sequence');
  return value === undefined ? {} : validate(SequenceRestSchema, value, placeOf(work.property('sequence')));
}
