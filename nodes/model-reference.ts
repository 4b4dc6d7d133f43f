import { InvalidInputError } from '../src/base/errors';
import { isRecord } from '../src/base/is-record';

const EXPECTED = 'a model: its name, name@version, folder, or what train and predict put into msg.model';

/**
 * What `predict` and `threshold` look a model up by: text as it is; of a reference its place, else its name and version.
 * @param name of the property, for the error message
 * @throws InvalidInputError
 */
export function modelQuery(value: unknown, name: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  if (isRecord(value)) {
    if (typeof value.uri === 'string' && value.uri !== '') return value.uri;
    if (typeof value.name === 'string' && value.name !== '') {
      return typeof value.version === 'string' ? `${value.name}@${value.version}` : value.name;
    }
  }
  throw new InvalidInputError(name, EXPECTED, value);
}
