import { Type } from '#typebox';
import { choice } from '../../src/base/schema';

/** Whose events are told. */
export const HEARD = ['all', 'flow'] as const;

export const EventsSettings = Type.Object({
  /** of all nodes of this package, or of those of the same tab or subflow */
  from: choice(HEARD, 'all'),
});
export type EventsSettings = (typeof EventsSettings)['static'];
