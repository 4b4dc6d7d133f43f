import type { Coverage } from '../image/coverage';
import type { PixelArray } from '../image/dtype';
import type { Region } from '../image/region';

/** The pixels of an image, by region; what opening a description gives. */
export interface RegionReader {
  /** C order over [t, c, z, y, x] */
  read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;
  /** which pixels of a block the file holds, also once it is closed; absent: all */
  coverage?(region: Region): Coverage;
  close(): Promise<void>;
}
