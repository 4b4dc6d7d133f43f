/**
 * The colours over an image, as `#rrggbb`: none is red against green, all keep apart for colour-blind eyes and on grey
 * (Okabe and Ito, 2008). The pages paint with them too.
 */
export const OVERLAY_COLOURS = {
  /** what was found, where nothing says what is right */
  found: '#f0e442',
  /** found, and true */
  right: '#f0e442',
  /** true, and not found */
  missed: '#d55e00',
  /** found, and not true */
  surplus: '#56b4e9',
} as const;

/** Channels of a raw image that are shown together add up in these: as on the pages. */
export const CHANNEL_COLOURS = ['#00a5ff', '#ff40b0', '#ffc800', '#40ff60'] as const;

export type Rgb = [red: number, green: number, blue: number];

/** @param colour `#rrggbb` */
export function rgbOf(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
