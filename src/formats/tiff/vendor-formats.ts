import { UnsupportedError } from '../../base/errors';
import type { Directory } from './directory';
import { TAG } from './tags';

interface VendorFormat {
  name: string;
  tag?: number;
  description?: RegExp;
  /** how many planes lie behind the first directory, where one is no reason to refuse */
  planes?: (first: Directory) => number;
}

/** Formats that look like TIFF but hide planes, axes or mosaics in places of their own, told by a tag or a text. */
const REFUSED: readonly VendorFormat[] = [
  { name: 'Zeiss LSM', tag: TAG.ZeissLsm },
  { name: 'MetaMorph stack (STK)', tag: TAG.MetaMorphStack, planes: (first) => first.count(TAG.MetaMorphStack) },
  { name: 'NIH Image stack', tag: TAG.NihImage, planes: nihPlanes },
  { name: 'Opera Flex', tag: TAG.OperaFlex },
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
  for (const { name, tag, description: pattern, planes } of REFUSED) {
    if (planes && (tag === undefined || !first.has(tag) || planes(first) <= 1)) continue;
    if ((tag !== undefined && first.has(tag)) || pattern?.test(description)) {
      throw new UnsupportedError(first.tiff.file.path, `is a ${name} image; convert it to OME-TIFF`);
    }
  }
}

/** The number of slices in NIH Image's header, which is big-endian in any file. */
function nihPlanes(first: Directory): number {
  const header = first.bytes(TAG.NihImage);
  return header && header.length >= NIH_SLICES + 2 ? header[NIH_SLICES] * 256 + header[NIH_SLICES + 1] : 0;
}

const NIH_SLICES = 260;
