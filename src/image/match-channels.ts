import type { ImageDescription } from './description';

/**
 * How the channels of an image stand for those that are expected: by their places, or by their names. `unlike`: by their
 * places for want of better, although the names say otherwise.
 */
type ChannelMatch =
  | { kind: 'places' }
  /** `order`: for each expected channel its place in the image */
  | { kind: 'names'; order: number[] }
  | { kind: 'unlike'; repeated: boolean };

/** Names that tell nothing: none, a number that is no wavelength, "Channel 1", "C0", "ch-2", Bio-Formats' "Channel:0:1", or that it is grey. */
const NO_NAME =
  /^(?:(?:channel|chan|ch|c)?[:_#.-]?\d{0,2}(?::\d{1,2})?|gr[ae]y(?:scale)?|luminance|intensity|unknown)$/;

/**
 * Finds expected channels in an image. Names are compared without regard to case and spaces. Where each expected name is
 * there once they are taken by name, in another order or out of more; else by place.
 */
export function matchChannels(expected: readonly string[], found: readonly string[]): ChannelMatch {
  const [wanted, given] = [expected, found].map((names) => names.map(folded));
  const isAlike = wanted.every((name, i) => name === given[i]);
  if (isAlike && wanted.length === given.length) return { kind: 'places' };
  if (haveOwnNames(expected) && wanted.every((name) => times(given, name) === 1)) {
    return { kind: 'names', order: wanted.map((name) => given.indexOf(name)) };
  }
  const isOther = wanted.some(
    (name, i) => isKnown(name) && name !== given[i] && (isKnown(given[i]) || given.includes(name)),
  );
  if (!isOther) return { kind: 'places' };
  const repeated = wanted.some((name) => isKnown(name) && (times(wanted, name) > 1 || times(given, name) > 1));
  return { kind: 'unlike', repeated };
}

/** Tells whether each channel has a name that tells something, and one of its own. */
export function haveOwnNames(names: readonly string[]): boolean {
  const all = names.map(folded);
  return all.length > 0 && all.every((name) => isKnown(name) && times(all, name) === 1);
}

/**
 * Tells whether the names of several channels are expected of an image whose own tell nothing: that it has their order
 * is a guess.
 */
export function isOrderGuessed(expected: readonly string[], found: readonly string[]): boolean {
  return expected.length > 1 && haveOwnNames(expected) && !found.some((name) => isKnown(folded(name)));
}

/** Lists the names of an image's channels; none where its description does not name each. */
export function channelNames({ channels, shape }: Pick<ImageDescription, 'channels' | 'shape'>): string[] {
  return channels.length === shape[1] ? channels.map(({ name }) => name) : [];
}

/** Describes some channels of an image, by their places in it. */
export function withChannels(image: ImageDescription, order: readonly number[]): ImageDescription {
  const { shape, region, select, channels } = image;
  const first = region?.start[1] ?? 0;
  const [t, , z, y, x] = shape;
  return {
    ...image,
    shape: [t, order.length, z, y, x],
    channels: order.map((place) => channels[place]),
    select: { ...select, c: order.map((place) => select?.c?.[first + place] ?? first + place) },
    ...(region ? { region: { start: withC(region.start, 0), size: withC(region.size, order.length) } } : {}),
  };
}

function withC([t, , z, y, x]: ImageDescription['shape'], c: number): ImageDescription['shape'] {
  return [t, c, z, y, x];
}

function isKnown(name: string | undefined): boolean {
  return name !== undefined && !NO_NAME.test(name);
}

function times(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length;
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/\s/g, '');
}
