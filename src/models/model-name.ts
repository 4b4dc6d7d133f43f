import { InvalidInputError } from '../base/errors';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * A name that is safe as a folder name.
 * @throws InvalidInputError for anything else, a path among them
 */
export function checkModelName(name: string): string {
  if (!NAME.test(name) || name.length > 100) {
    throw new InvalidInputError(
      'model name',
      'letters, digits, ".", "_" or "-", beginning with a letter or digit, 100 characters at most',
      name,
    );
  }
  return name;
}
