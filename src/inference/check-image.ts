import { InvalidInputError } from '../base/errors';
import type { ImageDescription, PixelSize } from '../image/description';
import { channelNames, isOrderGuessed, matchChannels, withChannels } from '../image/match-channels';
import type { ModelCard } from '../models/card';

/** A pixel size may differ from the training's by this fraction before a warning is due. */
const PIXEL_SIZE_TOLERANCE = 0.25;

/**
 * Checks that a model can predict an image.
 * @returns warnings: what will work but may give poor results
 * @throws InvalidInputError where the channels differ or a 3D model meets a single plane
 */
export function checkImage(card: ModelCard, image: ImageDescription): string[] {
  const [, channels, sizeZ] = image.shape;
  if (channels !== card.channels.length) {
    const names = (list: Array<{ name: string }>) => list.map((channel) => channel.name).join(', ');
    const expected = `${count(card.channels.length)} (${names(card.channels)}), as the model ${card.name} ${card.version} has`;
    throw new InvalidInputError(image.id, expected, `${count(channels)} (${names(image.channels)})`);
  }
  if (card.dimensions === 3 && sizeZ === 1) {
    throw new InvalidInputError(
      image.id,
      `a stack, because ${card.name} ${card.version} is a 3D model`,
      'a plane (Z=1)',
    );
  }
  return pixelSizeWarnings(card, image.pixelSize);
}

function pixelSizeWarnings(card: ModelCard, image: PixelSize | null): string[] {
  if (!card.pixelSize || !image) return [];
  const warnings: string[] = [];
  for (const axis of card.dimensions === 3 ? (['z', 'y', 'x'] as const) : (['y', 'x'] as const)) {
    const [trained, found] = [card.pixelSize[axis], image[axis]];
    if (trained === null || found === null || Math.abs(found / trained - 1) <= PIXEL_SIZE_TOLERANCE) continue;
    warnings.push(
      `pixel size along ${axis}: ${round(found)} µm, the model ${card.name} ${card.version} was trained at ${round(trained)} µm; predict can rescale`,
    );
  }
  return warnings;
}

function count(channels: number): string {
  return channels === 1 ? '1 channel' : `${channels} channels`;
}

function round(micrometres: number): string {
  return String(Number(micrometres.toPrecision(4)));
}

/** An image with the channels that a model expects, as far as their names tell. */
interface FittedChannels {
  image: ImageDescription;
  notes: string[];
  warnings: string[];
}

/**
 * Takes a model's channels out of an image by their names: in the model's order, out of more where all are there. By
 * their places where the names do not tell, with a warning where they are others than the model's, or say nothing of
 * several.
 */
export function fitChannels(
  { name, version, channels }: Pick<ModelCard, 'name' | 'version' | 'channels'>,
  image: ImageDescription,
): FittedChannels {
  const expected = channels.map((channel) => channel.name);
  const found = channelNames(image);
  const match = matchChannels(expected, found);
  if (match.kind === 'names') {
    const note = `the channels ${expected.join(', ')} of ${image.id} were taken by their names out of ${found.join(', ')}`;
    return { image: withChannels(image, match.order), notes: [note], warnings: [] };
  }
  // Another number of channels is an error of its own.
  if (image.shape[1] !== expected.length) return { image, notes: [], warnings: [] };
  const isGuessed = isOrderGuessed(expected, found);
  if (match.kind === 'places' && !isGuessed) return { image, notes: [], warnings: [] };
  const has = isGuessed ? 'does not name its own' : `has ${found.join(', ')}`;
  const names = `the model ${name} ${version} expects the channels ${expected.join(', ')}, ${image.id} ${has}`;
  const why = match.kind === 'unlike' && match.repeated ? ', and names repeat' : '';
  return { image, notes: [], warnings: [`${names}${why}: taken by their places`] };
}
