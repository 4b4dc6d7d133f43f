import { byValue, type Check } from './facts';

/** Whether all raw images have as many channels, of the same names, and one pixel type. */
export const checkChannels: Check = (samples) => {
  const raws = samples.flatMap(({ id, images: { raw } }) => (raw ? [{ id, raw }] : []));
  const properties = [
    { what: 'channels', weight: 'error', of: ({ raw }: (typeof raws)[number]) => String(raw.shape[1]) },
    {
      what: 'channel names',
      weight: 'warning',
      of: ({ raw }: (typeof raws)[number]) => raw.channels.map(({ name }) => name).join(', '),
    },
    { what: 'pixel type', weight: 'warning', of: ({ raw }: (typeof raws)[number]) => raw.dtype },
  ] as const;
  return properties.flatMap(({ what, weight, of }) => {
    const [common, ...others] = byValue(raws, of);
    return others.map(([value, items]) => ({
      weight,
      message: `raw: ${what} "${value}" in ${items.length} of ${raws.length} images, "${common[0]}" in ${common[1].length}`,
      samples: items.map(({ id }) => id),
    }));
  });
};
