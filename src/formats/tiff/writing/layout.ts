import { InvalidInputError } from '../../../base/errors';
import { bytesPerPixel } from '../../../image/dtype';
import { halved, SMALLEST_LEVEL } from '../../halve-rows';
import type { Compression, WriteInfo } from '../../source';

/** Strips of about this size: small enough to be decoded for a window, large enough to compress well. */
const STRIP_BYTES = 256 * 1024;
/** Above this classic TIFF's 32-bit offsets could run out. */
const CLASSIC_LIMIT = 3.9e9;
/** Bytes that a directory takes beside its list of blocks. */
const DIRECTORY_BYTES = 320;

/** The pages of one resolution: sizes in pixels. */
export interface LevelLayout {
  width: number;
  height: number;
  tiled: boolean;
  blockWidth: number;
  blockHeight: number;
  across: number;
  down: number;
}

/** Where a file's pixels will lie. */
export interface FileLayout {
  /** BigTIFF: 64-bit offsets */
  big: boolean;
  compression: Compression;
  /** planes of each level */
  planes: number;
  /** the full size first, then each half as large as the one before */
  levels: LevelLayout[];
}

/**
 * Strips or tiles of each level. BigTIFF is decided by the uncompressed size, for what compression will gain is not
 * known beforehand.
 * @throws InvalidInputError for a tile that is no multiple of 16, as TIFF 6.0 asks
 */
export function planLayout({ shape, dtype, compression = 'deflate', tile, pyramid }: WriteInfo): FileLayout {
  if (tile !== undefined && !(Number.isSafeInteger(tile) && tile > 0 && tile % 16 === 0)) {
    throw new InvalidInputError('tile', 'a multiple of 16', tile);
  }
  const [t, c, z, fullHeight, fullWidth] = shape;
  const planes = t * c * z;
  const size = bytesPerPixel(dtype);
  const levels: LevelLayout[] = [];
  for (let height = fullHeight, width = fullWidth; ; height = halved(height), width = halved(width)) {
    const rows = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / (width * size))));
    const [blockHeight, blockWidth] = tile === undefined ? [rows, width] : [tile, tile];
    const across = Math.ceil(width / blockWidth);
    const down = Math.ceil(height / blockHeight);
    levels.push({ width, height, tiled: tile !== undefined, blockWidth, blockHeight, across, down });
    if (!pyramid || Math.max(height, width) <= SMALLEST_LEVEL) break;
  }
  const estimate = levels.reduce((bytes, { across, down, blockHeight, blockWidth }) => {
    const blocks = across * down;
    return bytes + planes * (DIRECTORY_BYTES + blocks * (8 + blockHeight * blockWidth * size));
  }, 0);
  return { big: estimate > CLASSIC_LIMIT, compression, planes, levels };
}
