import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInputError, show } from '../base/errors';
import {
  acquisitionOfTimes,
  type Channel,
  type FileVersion,
  type ImageDescription,
  type PageAxis,
} from '../image/description';
import { isWebAddress } from '../storage/roots';
import { versionOfSet } from './described-file';
import { openImage } from './open-image';
import type { SourceInfo } from './source';

/** A channel by number or name, a list of these, or null for all. */
export type ChannelChoice = number | string | ReadonlyArray<number | string> | null;

interface DescribeOptions {
  /** the image's id in messages */
  id: string;
  /** which of the file's images, from 0 */
  scene?: number;
  /** what the pages of a TIFF are taken for; default: what the file says */
  pages?: PageAxis;
  /** default: all channels */
  channels?: ChannelChoice;
  /** time points in the order wanted; default: all */
  time?: readonly number[] | null;
  /** which version of the file it is, where others may write to it */
  version?: FileVersion;
}

/**
 * Opens a file, looks at its structure and describes one of its images.
 * `channels` of the description are the chosen ones with their numbers in the file; `shape` is after the choice.
 * @throws what {@link openImage} throws; InvalidInputError listing the file's channels for one it does not have
 */
export async function describeImage(file: string, options: DescribeOptions): Promise<ImageDescription> {
  const source = await openImage(file, { scene: options.scene, pages: options.pages });
  try {
    return describeSource(source.info, file, options);
  } finally {
    await source.close();
  }
}

/** Makes the description of an image that is open already. */
export function describeSource(
  info: SourceInfo,
  file: string,
  { id, channels = null, time = null, version }: DescribeOptions,
): ImageDescription {
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = info.levels[0];
  const c = channels === null ? null : chooseChannels(info.channels, channels, file);
  const t = time === null ? null : chooseTimes(sizeT, time, file);
  const acquisition = info.acquisition && (t ? acquisitionOfTimes(info.acquisition, t) : info.acquisition);
  const select = { ...(c ? { c } : {}), ...(t ? { t } : {}) };
  return {
    id,
    uri: isWebAddress(file) ? file : pathToFileURL(path.resolve(file)).href,
    ...(version === undefined ? {} : { file: { ...version, ...versionOfSet(info) } }),
    format: info.format,
    scene: info.scene,
    ...(info.pages === undefined ? {} : { pages: info.pages }),
    level: 0,
    axes: 'TCZYX',
    shape: [t?.length ?? sizeT, c?.length ?? sizeC, sizeZ, sizeY, sizeX],
    dtype: info.dtype,
    channels: c ? c.map((index) => info.channels[index]) : info.channels,
    ...(c || t ? { select } : {}),
    pixelSize: info.pixelSize,
    ...(info.scale === undefined ? {} : { scale: info.scale }),
    ...(acquisition === undefined ? {} : { acquisition }),
    ...(info.labels ? { labels: true } : {}),
    ...(info.notes && info.notes.length > 0 ? { notes: [...info.notes] } : {}),
  };
}

/** The numbers of the chosen channels, in the order of the choice. */
function chooseChannels(all: readonly Channel[], choice: Exclude<ChannelChoice, null>, file: string): number[] {
  const list = typeof choice === 'number' || typeof choice === 'string' ? [choice] : choice;
  const expected = `a channel of ${file} (${all.map(({ index, name }) => `${index} ${show(name)}`).join(', ')})`;
  if (list.length === 0) throw new InvalidInputError('channels', 'at least one channel', list);
  const numbers = list.map((wanted) => {
    const found = all.filter(({ index, name }) => (typeof wanted === 'number' ? index === wanted : name === wanted));
    if (found.length > 1) throw new InvalidInputError('channel', `${expected}, by number where names repeat`, wanted);
    if (found.length === 0) throw new InvalidInputError('channel', expected, wanted);
    return found[0].index;
  });
  if (new Set(numbers).size < numbers.length) throw new InvalidInputError('channels', 'each channel once', list);
  return numbers;
}

function chooseTimes(sizeT: number, time: readonly number[], file: string): number[] {
  if (time.length === 0) throw new InvalidInputError('time', 'at least one time point', time);
  for (const t of time) {
    if (!Number.isInteger(t) || t < 0 || t >= sizeT) {
      throw new InvalidInputError('time', `time points from 0 to ${sizeT - 1} of ${file}`, t);
    }
  }
  return [...time];
}
