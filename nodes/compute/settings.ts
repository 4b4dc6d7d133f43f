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
  /** whether files that lie in none of these are refused, or sent to workers by this Node-RED */
  files: choice(['shared', 'sent'], 'shared'),
  /** under which workers reach this Node-RED; blank: by the name of its machine */
  ownAddress: Type.String({ default: '' }),
  /** of work that waits with that of others */
  priority: choice(LEVELS, 'normal'),
});
