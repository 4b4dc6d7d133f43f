import { channelNames, matchChannels } from '../../image/match-channels';
import { byValue, type Check } from './facts';

/** Whether all raw images have as many channels, of the same names, and one pixel type. */
export const checkChannels: Check = (samples) => {
  const raws = samples.flatMap(({ id, images: { raw } }) => (raw ? [{ id, raw }] : []));
  type Raw = (typeof raws)[number];
  const namesOf = ({ raw }: Raw): string => raw.channels.map(({ name }) => name).join(', ');
  const [[, [usual]] = ['', []]] = byValue(raws, namesOf);
  /** what a training and a prediction take by name needs not be in its place */
  const isNamed = ({ raw }: Raw): boolean => matchChannels(channelNames(usual.raw), channelNames(raw)).kind === 'names';
  const properties = [
    { what: 'channels', weight: 'error', of: ({ raw }: Raw) => String(raw.shape[1]) },
    { what: 'channel names', weight: 'warning', of: namesOf },
    { what: 'pixel type', weight: 'warning', of: ({ raw }: Raw) => raw.dtype },
  ] as const;
  return properties.flatMap(({ what, weight, of }) => {
    const [common, ...others] = byValue(raws, of);
    return others.map(([value, items]) => {
      const named = what !== 'pixel type' && items.every(isNamed);
      const remedy = named ? ': they are taken by their names' : '';
      return {
        weight: named ? ('note' as const) : weight,
        message: `raw: ${what} "${value}" in ${items.length} of ${raws.length} images, "${common[0]}" in ${common[1].length}${remedy}`,
        samples: items.map(({ id }) => id),
      };
    });
  });
};
