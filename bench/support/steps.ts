import type { ImageDescription } from '../../src/image/description';
import type { ThresholdSettings } from '../../src/jobs/job-types';
import type { Bench } from './host';
import { report } from './measure';
import { watchMemory } from './memory';

/** Thresholds with everything that needs objects. */
export const OBJECTS: ThresholdSettings = {
  method: 'otsu',
  value: 0.5,
  minSize: 20,
  fillHoles: true,
  label: true,
  connectivity: 'faces',
};

/** Runs one job, and reports its time and the memory of all processes. */
export async function step<T>(
  name: string,
  work: () => Promise<T>,
  details: (result: T, seconds: number) => Record<string, unknown> = () => ({}),
): Promise<T> {
  const memory = watchMemory();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const peak = memory();
  const peakMemoryMB = peak === null ? null : Math.round(peak / 2 ** 20);
  report(name, { seconds }, { peakMemoryMB, ...details(result, seconds) });
  return result;
}

/** Threshold with labels, evaluate against a truth, and saving of the mask, as the nodes ask for them. */
export async function thresholdEvaluateSave(
  name: string,
  { host, folder }: Bench,
  { image, raw, truth }: { image: ImageDescription; raw: ImageDescription; truth: ImageDescription },
): Promise<void> {
  const { mask } = await step(
    `${name}: threshold`,
    () => host.run('threshold', { image, settings: OBJECTS, model: null, raw, id: name }),
    ({ metrics }) => ({ shape: image.shape, objects: (metrics.objects as { total: number }).total }),
  );
  await step(
    `${name}: evaluate`,
    () => host.run('evaluate', { predicted: mask, truth, weight: null }),
    ({ dice, objectAp }) => ({ shape: truth.shape, dice, objectAp }),
  );
  const settings = {
    folder,
    filename: null,
    format: 'ome-tiff' as const,
    existing: 'replace' as const,
    compression: 'deflate' as const,
    layout: 'auto' as const,
    png: true,
  };
  await step(`${name}: save-image`, () => host.run('save-image', { image: mask, role: 'mask', id: name, settings }));
  await step(`${name}: exclude-regions`, () =>
    host.run('exclude-regions', { sample: { id: name, raw }, regions: mask }),
  );
}
