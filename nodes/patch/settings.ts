import { Type } from '#typebox';
import { choice, integerOrBlank } from '../../src/base/schema';

const patchSide = () => integerOrBlank({ minimum: 4, multipleOf: 4 });

export const PatchSettings = Type.Object({
  /** blank: suggested from the image, or 2D where Y or X is given */
  sizeZ: patchSide(),
  sizeY: patchSide(),
  sizeX: patchSide(),
  perImage: Type.Integer({ minimum: 1, default: 8 }),
  sampling: choice(['balanced', 'random', 'grid'], 'balanced'),
  /** of neighbouring patches of a grid, as a fraction of their size */
  overlap: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0 }),
  emit: choice(['plan', 'patches'], 'plan'),
  seed: Type.Integer({ minimum: 0, default: 0 }),
});
