import { SegmenterError } from '../../base/errors';
import type { QueueAddress, QueueKind } from './address';

/** The one version of BullMQ that hosts and workers are made for: its scripts on the server have to be the same everywhere. */
export const BULLMQ_VERSION = '6.7.0';

const DRIVERS: Readonly<Record<QueueKind, string>> = { redis: 'ioredis', postgres: 'pg' };

type BullMQ = typeof import('bullmq');
type Redis = typeof import('ioredis');
type Postgres = typeof import('pg');

/** The packages that talk with a queue's server. */
export type Drivers =
  | { kind: 'redis'; bullmq: BullMQ; redis: Redis }
  | { kind: 'postgres'; bullmq: BullMQ; postgres: Postgres };

/**
 * Loads the packages of a queue, which nobody else needs. Node.js reads them for some hundred milliseconds, once: to be
 * called on a deploy.
 * @throws SegmenterError `unsupported` naming the packages that are missing, and how they are installed
 */
export function loadDrivers({ kind, shown }: QueueAddress): Drivers {
  const names = [`bullmq@${BULLMQ_VERSION}`, DRIVERS[kind]];
  const load = <T>(name: string): T => {
    try {
      return require(name) as T;
    } catch (cause) {
      const message = `the queue ${shown} needs the packages ${names.join(' and ')}, which are optional, and ${name} cannot be loaded; install them beside this package: npm install ${names.join(' ')}`;
      throw new SegmenterError('unsupported', message, { package: name }, { cause });
    }
  };
  const { version } = load<{ version: string }>('bullmq/package.json');
  if (version !== BULLMQ_VERSION) {
    const message = `the queue ${shown}: expected bullmq ${BULLMQ_VERSION}, found ${version}; npm install ${names[0]}`;
    throw new SegmenterError('unsupported', message, { package: 'bullmq', version });
  }
  const bullmq = load<BullMQ>('bullmq');
  return kind === 'redis'
    ? { kind, bullmq, redis: load<Redis>('ioredis') }
    : { kind, bullmq, postgres: load<Postgres>('pg') };
}
