import type { Picture } from '../../../src/image/picture';
import { type Contrast, FIRST_PRESET, presetContrast } from './contrast';

/** How one channel of the raw image is shown. */
export interface ChannelLook {
  /** `#rrggbb`, of the composite */
  colour: string;
  /** whether it is part of the composite */
  shown: boolean;
  /** which preset the contrast is; null: the user's own */
  preset: number | null;
  contrast: Contrast;
}

/** So many channels the composite shows at once. */
export const MOST_SHOWN = 4;

/** Apart for colour-blind eyes in pairs; all four add up to white. */
const COLOURS = ['#00a5ff', '#ff40b0', '#ffc800', '#40ff60'];

export const PLAIN_LOOK: ChannelLook = {
  colour: '#ffffff',
  shown: true,
  preset: FIRST_PRESET,
  contrast: { low: 0, high: 1, gamma: 1 },
};

/**
 * The looks of an image's channels: colours, choice, presets and gamma as before, black and white points by this
 * image's ranges. A channel that is new has the file's colour, where that is one.
 */
export function looksOf({ channels, ranges, shape }: Picture, before: readonly ChannelLook[]): ChannelLook[] {
  return Array.from({ length: shape[1] }, (_, c) => {
    const last = before[c];
    const preset = last?.preset ?? FIRST_PRESET;
    return {
      colour: last?.colour ?? fileColour(channels[c]?.color) ?? COLOURS[c % COLOURS.length],
      shown: last?.shown ?? c < MOST_SHOWN,
      preset,
      contrast: presetContrast(ranges[c], preset, last?.contrast.gamma),
    };
  });
}

/** White is what files say that know no colours. */
function fileColour(colour: string | undefined): string | null {
  const hex = /^#?([0-9a-f]{6})/i.exec(colour ?? '')?.[1].toLowerCase();
  return hex && hex !== 'ffffff' && hex !== '000000' ? `#${hex}` : null;
}
