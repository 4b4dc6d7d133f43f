import { objectColour } from '../../../src/views/overlay-colours';
import { pixelOf } from './overlay-paint';

/** Gives the pixel of each object's number, as the preview colours it. @param picked number of one that is white; null: none is */
export function objectInk(alpha: number, picked: number | null = null): (label: number) => number {
  const known = new Map<number, number>(picked === null ? [] : [[picked, pixelOf('#ffffff', alpha)]]);
  return (label) => {
    const pixel = known.get(label) ?? pixelOf(objectColour(label), alpha);
    known.set(label, pixel);
    return pixel;
  };
}
