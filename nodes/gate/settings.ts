import { Type } from '#typebox';
import { choice, integerOrBlank, numberOrBlank } from '../../src/base/schema';
import { TEXT_TYPES, typed } from '../node-settings';

const percent = () => numberOrBlank({ minimum: 0, maximum: 100 });
const dice = (initial: number) => ({ ...numberOrBlank({ minimum: 0, maximum: 1 }), default: initial });

export const GateSettings = Type.Object({
  /** predicted Dice below which a person shall look; blank: the rule is off */
  reviewDice: dice(0.7),
  /** predicted Dice below which the result is not to be used */
  alarmDice: dice(0.5),
  /** what an image is that is unlike those of the training */
  unlike: choice(['review', 'alarm', 'ignore'], 'review'),
  /** of the pixels, in percent */
  leastForeground: percent(),
  mostForeground: percent(),
  leastObjects: integerOrBlank({ minimum: 0 }),
  mostObjects: integerOrBlank({ minimum: 0 }),
  /** whose images are compared over time, beside the model: a chart for each */
  ...typed('instrument', TEXT_TYPES, 'msg', 'instrument'),
});
export type GateSettings = (typeof GateSettings)['static'];
