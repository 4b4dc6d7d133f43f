import path from 'node:path';

/** Gives the version of this package. */
export function ownVersion(): string {
  return (require(path.join(__dirname, '../../../package.json')) as { version: string }).version;
}
