import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { type DType, viewAs } from '../../src/image/dtype';
import { REFERENCES } from '../support/shared-data';

/** What scikit-image, SciPy and NumPy make of touching objects: `test/data/generators/objects.py`. */
export function goldenObjects<T>(name: 'watershed' | 'properties' | 'matching'): T[] {
  return JSON.parse(readFileSync(path.join(REFERENCES, `golden/objects/${name}.json`), 'utf8')) as T[];
}

export function unpacked<D extends DType>(dtype: D, text: string) {
  return viewAs(dtype, inflateSync(Buffer.from(text, 'base64')));
}
