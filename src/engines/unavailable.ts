import { SegmenterError } from '../base/errors';
import type { DeviceName, EngineName } from './engine';

/** absent: what it needs is not installed, or there is no such device; broken: it is there and does not work */
export type Unavailability = 'absent' | 'broken';

/** An engine or device that cannot be used, with the reason and what would mend it. */
export class EngineUnavailableError extends SegmenterError {
  override readonly name = 'EngineUnavailableError';

  constructor(
    backend: { engine: EngineName; device: DeviceName },
    readonly state: Unavailability,
    readonly reason: string,
    /** what a person can do about it; null: nothing */
    readonly remedy: string | null,
    options?: { cause?: unknown },
  ) {
    const { engine, device } = backend;
    const message = `engine ${engine} on ${device} is ${state}: ${reason}${remedy ? `; ${remedy}` : ''}`;
    super('engine', message, { engine, device, state, reason, remedy }, options);
  }
}
