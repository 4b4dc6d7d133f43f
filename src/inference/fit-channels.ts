import type { ImageDescription } from '../image/description';
import { channelNames, isOrderGuessed, matchChannels, withChannels } from '../image/match-channels';
import type { ModelCard } from '../models/card';

/** An image with the channels that a model expects, as far as their names tell. */
export interface FittedChannels {
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
