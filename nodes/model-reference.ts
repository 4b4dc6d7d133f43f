import { InvalidInputError } from '../src/base/errors';
import { isRecord } from '../src/base/plain-json';
import { type ModelRequest, wantedModel } from '../src/models/wanted';

const EXPECTED = 'a model: its name, name@version, folder, or what train and predict put into msg.model';

/**
 * What `predict`, `threshold` and `train` look a model up by: a text as it is, or what a reference says of it.
 * @param name of the property, for the error message
 * @throws InvalidInputError
 */
export function modelRequest(value: unknown, name: string): ModelRequest {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  const wanted = isRecord(value) ? wantedModel(value, name) : null;
  if (wanted) return wanted;
  throw new InvalidInputError(name, EXPECTED, value);
}
