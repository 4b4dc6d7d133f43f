import { OVERLAY_COLOURS } from '../../../src/views/overlay-colours';

/** Colours of what lies over the image, also as CSS variables of these names; told apart by texture or line too. */
export const LAYER_COLOURS = {
  ...OVERLAY_COLOURS,
  truth: '#cc79a7',
  /** what a threshold would find */
  preview: '#58d6ff',
} as const;
