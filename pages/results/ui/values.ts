import type { Point } from '../../../src/curation/decision';
import { UNKNOWN } from '../../../src/masks/target';
import type { Viewer } from '../../shared/ui/viewer';
import { rolesOf, type Store } from './state';
import { say } from './texts';

/** What the maps and masks of the image say at a point, as far as their tiles are there. */
export function valuesAt(store: Store, viewer: Viewer, point: Point): string[] {
  const { image } = store.state;
  if (!image) return [];
  const { probability, found, truth } = rolesOf(image);
  const valueIn = (role: typeof found) => {
    const picture = role && image.pictures[role];
    return picture ? viewer.valueAt(point, picture, role) : null;
  };
  const map = probability && image.pictures[probability];
  const [chance, mask, target] = [valueIn(probability), valueIn(found), valueIn(truth)];
  return [
    map && chance !== null ? say('value.probability', { value: (chance * map.scale).toFixed(4) }) : null,
    mask === null
      ? null
      : found === 'labels' && mask > 0
        ? say('value.object', { number: mask })
        : say(found && mask > 0 ? 'value.found' : 'value.notFound'),
    target === null ? null : say(target === UNKNOWN ? 'value.unknown' : target > 0 ? 'value.true' : 'value.notTrue'),
  ].filter((text) => text !== null);
}
