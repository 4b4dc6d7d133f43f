import { canonicalHash } from '../../base/canonical-hash';
import type { ComputeSettings } from '../job-types';

/**
 * What stands for compute settings: all that decides which process works and what comes of it. How many may wait for it
 * decides neither.
 * @returns 64 hexadecimal digits
 */
export function computeIdentity({ engine, device, threads, precision, memoryMB }: ComputeSettings): string {
  return canonicalHash({ engine, device, threads, precision, memoryMB });
}
