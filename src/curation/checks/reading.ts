import type { Check } from './facts';

/** Whether all images could be read to the end of what was looked at. */
export const checkReading: Check = (samples) =>
  samples.flatMap(({ id, failures }) =>
    failures.map(({ role, error }) => ({
      weight: 'error',
      message: `${role} of ${id} cannot be read: ${error.message}`,
      samples: [id],
    })),
  );
