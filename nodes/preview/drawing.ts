import { readFile, rm } from 'node:fs/promises';
import type { JobInput, JobRunner } from '../../src/jobs/job-types';
import { type Sample, truthRole } from '../../src/samples/sample';
import { imageOf } from '../sample-message';
import { parseChannels } from './channels';
import type { PreviewSettings } from './settings';

type Found = JobInput<'overlay'>['found'];

/** What is drawn over the raw image where nobody says what. */
const USUAL = ['labels', 'mask', 'probability'] as const;

/** How large, and whether with what was found. */
export type Look = Pick<JobInput<'overlay'>['view'], 'longest' | 'style'>;

/**
 * Works out what is drawn of a sample.
 * @throws InvalidInputError where it lacks an image that the settings name
 */
export function overlayInput(sample: Sample, settings: PreviewSettings, look: Look): JobInput<'overlay'> {
  const { compare, plane, planeNumber, timePoint, channels } = settings;
  const role = settings.image || USUAL.find((name) => sample[name] !== undefined);
  const found: Found = role ? { kind: kindOf(role), image: imageOf(sample, role) } : null;
  const trueRole = truthRole(sample);
  const truth = compare && role !== trueRole ? (sample[trueRole] ?? null) : null;
  const chosen = parseChannels(channels);
  return {
    raw: sample.raw,
    ...(chosen ? { channels: chosen } : {}),
    found,
    truth,
    weight: sample.weight ?? null,
    view: { t: timePoint, z: plane === 'given' ? planeNumber : plane, ...look },
  };
}

function kindOf(role: string): NonNullable<Found>['kind'] {
  return role === 'labels' || role === 'probability' ? role : 'mask';
}

/** Draws a sample as a PNG. Its file is removed: the bytes are wanted once. */
export async function drawPng(host: JobRunner, input: JobInput<'overlay'>, signal: AbortSignal): Promise<Buffer> {
  const { path } = await host.run('overlay', input, { signal });
  return readFile(path).finally(() => rm(path, { force: true }));
}
