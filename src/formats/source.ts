import type { Channel, PixelSize } from '../image/description';
import type { DType, PixelArray } from '../image/dtype';
import type { Region, Shape5 } from '../image/region';

/** What a file says of one scene's image before any selection. Colour samples are channels. */
export interface SourceInfo {
  /** short name of the format, for example "tiff", "ome-tiff", "png" */
  format: string;
  /** number of scenes (images) in the file */
  scenes: number;
  /** the scene this source reads */
  scene: number;
  /** [t, c, z, y, x] of each pyramid level, level 0 first */
  levels: Shape5[];
  dtype: DType;
  channels: Channel[];
  pixelSize: PixelSize | null;
  scale?: number;
}

/** An open image. One interface for every format; regions are read, never the whole unless asked. */
export interface ImageSource {
  readonly info: SourceInfo;
  /**
   * The pixels of a block, C order over [t, c, z, y, x], in the file's own type.
   * @param region in pixels of the level
   * @throws CorruptFileError where the file is truncated or breaks its format
   */
  read(region: Region, options?: { level?: number; signal?: AbortSignal }): Promise<PixelArray>;
  close(): Promise<void>;
}

/** What a writer must know before the first plane. */
export interface WriteInfo {
  shape: Shape5;
  dtype: DType;
  channels: Channel[];
  pixelSize: PixelSize | null;
  scale?: number;
  compression?: 'none' | 'deflate';
}

/** Takes an image plane by plane in C order (z fastest, then c, then t); the file appears whole on `finish`. */
export interface ImageWriter {
  /** One or more whole planes, in order. */
  write(planes: PixelArray): Promise<void>;
  /** Completes the file and gives it its name. @throws when planes are missing */
  finish(): Promise<void>;
  /** Removes what was written; safe at any time. */
  abort(): Promise<void>;
}
