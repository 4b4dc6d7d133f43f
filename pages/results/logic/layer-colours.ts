import { OVERLAY_COLOURS, objectColour } from '../../../src/views/overlay-colours';
import { pixelOf } from '../../shared/logic/overlay-paint';

/** Colours of what lies over the image, also as CSS variables of these names; told apart by texture or line too. */
export const LAYER_COLOURS = {
  ...OVERLAY_COLOURS,
  truth: '#cc79a7',
  /** what a threshold would find */
  preview: '#58d6ff',
} as const;

/** Gives the pixel of each object's number, as the preview colours it. */
export function objectInk(alpha: number): (label: number) => number {
  const known = new Map<number, number>();
  return (label) => {
    const pixel = known.get(label) ?? pixelOf(objectColour(label), alpha);
    known.set(label, pixel);
    return pixel;
  };
}
