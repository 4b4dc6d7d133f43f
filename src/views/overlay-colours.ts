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

/** Of objects with numbers, in an order in which each differs much from the next two. */
const OBJECT_COLOURS = [
  ...['#f0e442', '#cc79a7', '#88ccee', '#ddcc77', '#d46fd0', '#ff7a1a'],
  ...['#44d0bb', '#ff9a8b', '#a6b1ff', '#e69f00', '#00c08b', '#56b4e9'],
] as const;

/** Gives the colour of an object, as `#rrggbb`, so that objects that touch mostly differ. @param label from 1 */
export function objectColour(label: number): string {
  return OBJECT_COLOURS[(label - 1) % OBJECT_COLOURS.length] ?? OBJECT_COLOURS[0];
}

export type Rgb = [red: number, green: number, blue: number];

/** @param colour `#rrggbb` */
export function rgbOf(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
