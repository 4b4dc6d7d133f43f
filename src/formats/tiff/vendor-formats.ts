import { UnsupportedError } from '../../base/errors';
import type { Directory } from './directory';
import { TAG } from './tags';

/** Formats that look like TIFF but hide planes, axes or mosaics in places of their own, told by a tag or a text. */
const REFUSED: ReadonlyArray<{ name: string; tag?: number; description?: RegExp }> = [
  { name: 'Zeiss LSM', tag: TAG.ZeissLsm },
  { name: 'MetaMorph stack (STK)', tag: TAG.MetaMorphStack },
  { name: 'Olympus FluoView', tag: TAG.FluoView },
  { name: 'Hamamatsu NDPI', tag: TAG.HamamatsuNdpi },
  { name: 'Leica SCN', description: /<scn[\s>]/ },
  { name: 'Ventana BIF', description: /<iScan[\s>]/i },
];

/**
 * Read as plain TIFF these would give wrong axes or fewer planes without a word.
 * @throws UnsupportedError naming the format
 */
export function refuseVendorFormats(first: Directory, description: string): void {
  for (const { name, tag, description: pattern } of REFUSED) {
    if ((tag !== undefined && first.has(tag)) || pattern?.test(description)) {
      throw new UnsupportedError(first.tiff.file.path, `is a ${name} image; convert it to OME-TIFF`);
    }
  }
}
