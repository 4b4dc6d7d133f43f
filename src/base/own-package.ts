import path from 'node:path';

/** What the package says of itself. */
export interface OwnPackage {
  name: string;
  version: string;
  /** packages that it uses, and the versions that it takes of them */
  dependencies: Record<string, string>;
}

/** Reads what this package says of itself. */
export function ownPackage(): OwnPackage {
  return require(path.join(__dirname, '../../../package.json')) as OwnPackage;
}
