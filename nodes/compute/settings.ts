import { Type } from '@sinclair/typebox';
import { ComputeSettingsSchema } from '../../src/jobs/settings';

const { memoryMB, ...common } = ComputeSettingsSchema.properties;

/** As the editor stores them. */
export const ComputeNodeSettings = Type.Object({ ...common, memory: memoryMB });
