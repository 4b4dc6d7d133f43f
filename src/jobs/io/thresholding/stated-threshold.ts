import type { ImageReader } from '../../../formats';
import type { PixelSize } from '../../../image/description';
import type { ModelCard } from '../../../models/card';
import { hasObjectMaps } from '../../../objects/maps';
import { DEFAULT_DECODING } from '../../../objects/settings';
import type { JobInput } from '../../job-types';
import type { JobContext } from '../../protocol';
import type { JobFiles } from '../job-files';
import { findModel } from '../model-and-engine';
import type { Division } from './objects-of-foreground';

/** Where neither a value nor a model says otherwise. */
const DEFAULT_THRESHOLD = 0.5;

/** What settings or a model say of a threshold, before a pixel is read. */
export interface StatedThreshold {
  /** in stored numbers; null: to be found in the pixels */
  value: number | null;
  /** of the model that states it */
  card: ModelCard | null;
  /** hash of that model */
  model: string | null;
  /** of finding the model */
  warnings: string[];
}

/**
 * Finds the threshold that settings or a model state.
 * @param scale what a stored number of the image is multiplied by
 * @throws what finding the model throws
 */
export async function statedThreshold(
  files: JobFiles,
  { image, settings, model }: JobInput<'threshold'>,
  scale: number,
  context: Pick<JobContext<'threshold'>, 'settings'>,
): Promise<StatedThreshold> {
  const stated = (value: number) => ({ value: value / scale, card: null, model: null, warnings: [] });
  if (settings.method === 'value') return stated(settings.value);
  if (settings.method !== 'model') return { value: null, card: null, model: null, warnings: [] };
  if (model === null) return stated(DEFAULT_THRESHOLD);
  const { card, content, warnings } = await findModel(files, context.settings, model);
  // What tells objects apart was tuned with a threshold of its own.
  const own = hasObjectMaps(image) && (settings.touching ?? 'auto') === 'auto' ? card.objects?.foreground : undefined;
  return { ...stated(own ?? card.threshold), card, model: content, warnings };
}

/** Tells how the foreground is divided into objects, by settings, what was predicted, and the model's card. */
export async function statedDivision(
  files: JobFiles,
  { image, settings: { touching = 'auto', connectivity } }: JobInput<'threshold'>,
  card: ModelCard | null,
): Promise<Division> {
  if (touching === 'necks') return { by: 'necks' };
  if (touching === 'together' || !hasObjectMaps(image)) return { by: 'touching', connectivity };
  return { by: 'maps', maps: await files.open(image), settings: card?.objects ?? DEFAULT_DECODING };
}

/**
 * Tells what a model says is no object, in voxels of an image: as large as it was in those of the training, where both sizes
 * are known.
 */
export function smallestObject(card: ModelCard | null, { by }: Division, { pixelSize }: ImageReader['desc']): number {
  const voxels = (by === 'maps' ? card?.objects?.minimumSize : card?.smallestObject) ?? 0;
  const volume = (size: PixelSize | null | undefined) => size && (size.z ?? 1) * size.y * size.x;
  const [learned, here] = [volume(card?.pixelSize), volume(pixelSize)];
  const isSameKind = (card?.pixelSize?.z == null) === (pixelSize?.z == null);
  return learned && here && isSameKind ? Math.round((voxels * learned) / here) : voxels;
}
