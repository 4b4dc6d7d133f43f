import type { Channel } from '../../image/description';
import { channelNames, haveOwnNames, isOrderGuessed, matchChannels, withChannels } from '../../image/match-channels';
import { listNames } from '../../samples/names';
import type { Sample } from '../../samples/sample';

/** Samples whose channels stand in one order, and what a person should know of how that came about. */
export interface AlignedSamples {
  samples: Sample[];
  notes: string[];
  warnings: string[];
}

/** The channels of the first sample whose names tell them apart, else of the first. */
export function namedChannels(samples: readonly Sample[]): Channel[] {
  const named = samples.find(({ raw }) => haveOwnNames(channelNames(raw))) ?? samples[0];
  return named ? named.raw.channels : [];
}

/**
 * Brings the channels of all raw images into one order by their names: that of the model which a training starts from,
 * else of the first sample whose names tell them apart. Images whose names do not tell stay as they are.
 */
export function alignChannels(
  samples: readonly Sample[],
  start: { name: string; channels: readonly Channel[] } | null,
): AlignedSamples {
  const expected = (start ? start.channels : namedChannels(samples)).map(({ name }) => name);
  const ordered: string[] = [];
  const unlike: string[] = [];
  const unnamed: string[] = [];
  const aligned = samples.map((sample) => {
    const found = channelNames(sample.raw);
    const match = matchChannels(expected, found);
    if (match.kind === 'unlike') unlike.push(sample.id);
    else if (isOrderGuessed(expected, found)) unnamed.push(sample.id);
    if (match.kind !== 'names') return sample;
    ordered.push(sample.id);
    return { ...sample, raw: withChannels(sample.raw, match.order) };
  });
  const names = expected.join(', ');
  const note = `the channels of ${listNames(ordered)} were taken by their names: ${names}`;
  const warnings = [
    ...(unlike.length > 0 ? [`${listNames(unlike)} others`] : []),
    ...(unnamed.length > 0 ? [`${listNames(unnamed)} no names of them`] : []),
  ].map((others) => `${start?.name} has the channels ${names}, ${others}: taken by their places`);
  return {
    samples: aligned,
    notes: ordered.length > 0 ? [note] : [],
    // How samples differ among each other is the matter of a check.
    warnings: start ? warnings : [],
  };
}
