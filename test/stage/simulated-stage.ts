import { Random } from '../../src/base/random';
import { type Axes, applyLinear, orientationOf, type Point } from '../../src/stage/orientation';

/** A field below a microscope: round objects at places of the stage, in micrometres. */
export interface Field {
  objects: Array<Point & { radius: number }>;
}

/** Scatters objects that do not touch over a square field about the origin. */
export function simulateField({ count, side, seed }: { count: number; side: number; seed: number }): Field {
  const random = new Random(seed);
  const objects: Field['objects'] = [];
  while (objects.length < count) {
    const radius = 4 + 4 * random.uniform();
    const [x, y] = [side * (random.uniform() - 0.5), side * (random.uniform() - 0.5)];
    if (objects.every((other) => Math.hypot(other.x - x, other.y - y) > radius + other.radius + 3))
      objects.push({ x, y, radius });
  }
  return { objects };
}

/** A camera over a stage that lies as the axes say. */
export interface Camera {
  axes: Axes;
  /** micrometres */
  pixelSize: { x: number; y: number };
  /** pixels */
  height: number;
  width: number;
}

/** Takes an image, [y, x], of what is below the camera where the stage stands: 200 inside of objects, 10 elsewhere. */
export function takeTile(
  { objects }: Field,
  { axes, pixelSize, height, width }: Camera,
  stage: Point,
): Uint8Array<ArrayBuffer> {
  const orientation = orientationOf(axes);
  const pixels = new Uint8Array(height * width).fill(10);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const offset = applyLinear(orientation, {
        x: (x - (width - 1) / 2) * pixelSize.x,
        y: (y - (height - 1) / 2) * pixelSize.y,
      });
      const at = { x: stage.x + offset.x, y: stage.y + offset.y };
      if (objects.some((object) => Math.hypot(object.x - at.x, object.y - at.y) <= object.radius))
        pixels[y * width + x] = 200;
    }
  }
  return pixels;
}
