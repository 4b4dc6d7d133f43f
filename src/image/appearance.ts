/**
 * What a file says of its values beside the values: how they show as a picture. A measurement is read as it is stored
 * whatever stands here; in a mask it tells what was drawn.
 */
export interface Appearance {
  /** values are only near those that were drawn, as JPEG leaves them */
  lossy?: true;
  /**
   * 0 shows as white, as by TIFF's WhiteIsZero or an inverting look-up table, and `black` as black; null: not known.
   * `byImageJ`: an 8-bit image of ImageJ, whose masks are 255 inside of objects under this table.
   */
  inverted?: { black: number | null; byImageJ?: true };
  /** the first three channels are red, green and blue of one picture */
  colour?: true;
  /** the channel that says how opaque a pixel is, 0 for transparent */
  alpha?: number;
  /** red, green, blue and alpha of each index, 0 to 255 */
  palette?: Uint8Array<ArrayBuffer>;
}
