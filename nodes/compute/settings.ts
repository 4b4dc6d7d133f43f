import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { LEVELS } from '../../src/jobs/queue/job-data';
import { ComputeSettingsSchema } from '../../src/jobs/settings';

const { memoryMB, through: _, ...common } = ComputeSettingsSchema.properties;

/** As the editor stores them. */
export const ComputeNodeSettings = Type.Object({
  ...common,
  memory: memoryMB,
  /** of a queue's server, whose workers do the work; blank: this machine does. User and password are credentials. */
  address: Type.String({ default: '' }),
  /** `NAME=FOLDER; ...`: what the workers reach, too; blank: the allowed folders by the last part of their paths */
  folders: Type.String({ default: '' }),
  /** of work that waits with that of others */
  priority: choice(LEVELS, 'normal'),
});
