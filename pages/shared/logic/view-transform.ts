import type { Point } from '../../../src/curation/decision';

/** Where an image lies on the screen: screen = offset + scale * (image + 0.5); whole image numbers are pixel centres. */
export interface ViewTransform {
  /** screen pixels an image pixel */
  scale: number;
  /** screen position of the image's upper left corner */
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const LARGEST_SCALE = 64;

/** The whole image, centred, with a margin in screen pixels. */
export function fitWhole(image: Size, screen: Size, margin = 8): ViewTransform {
  const room = { width: Math.max(1, screen.width - 2 * margin), height: Math.max(1, screen.height - 2 * margin) };
  const scale = Math.min(LARGEST_SCALE, room.width / image.width, room.height / image.height);
  return {
    scale,
    x: (screen.width - image.width * scale) / 2,
    y: (screen.height - image.height * scale) / 2,
  };
}

/** Zooms by a factor; the screen point stays over the same part of the image. */
export function zoomAt(
  view: ViewTransform,
  factor: number,
  at: { x: number; y: number },
  image: Size,
  screen: Size,
): ViewTransform {
  const smallest = fitWhole(image, screen).scale / 4;
  const scale = Math.min(LARGEST_SCALE, Math.max(Math.min(smallest, 1), view.scale * factor));
  const ratio = scale / view.scale;
  return keepInSight({ scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }, image, screen);
}

export function pan(view: ViewTransform, dx: number, dy: number, image: Size, screen: Size): ViewTransform {
  return keepInSight({ ...view, x: view.x + dx, y: view.y + dy }, image, screen);
}

/** So much of the image, in screen pixels, always stays on the screen. */
const STAYS = 48;

function keepInSight(view: ViewTransform, image: Size, screen: Size): ViewTransform {
  const width = image.width * view.scale;
  const height = image.height * view.scale;
  const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  // At one pixel to one, whole numbers: every image pixel is a screen pixel, sharp.
  const whole = view.scale === 1 ? Math.round : (value: number) => value;
  return {
    scale: view.scale,
    x: whole(between(view.x, Math.min(STAYS - width, 0), Math.max(screen.width - STAYS, screen.width - width))),
    y: whole(between(view.y, Math.min(STAYS - height, 0), Math.max(screen.height - STAYS, screen.height - height))),
  };
}

export function toImage(view: ViewTransform, x: number, y: number): Point {
  return [(x - view.x) / view.scale - 0.5, (y - view.y) / view.scale - 0.5];
}

export function toScreen(view: ViewTransform, [x, y]: Point): { x: number; y: number } {
  return { x: view.x + (x + 0.5) * view.scale, y: view.y + (y + 0.5) * view.scale };
}

/**
 * Rounded to sixteenths of a pixel: such numbers shift and compare without rounding errors, so that a mask filled tile
 * by tile equals the whole image's.
 */
export function snap([x, y]: Point): Point {
  return [Math.round(x * 16) / 16, Math.round(y * 16) / 16];
}
