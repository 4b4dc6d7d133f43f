import type { ChannelFacts, CheckedRole, ImageFacts, SampleFacts } from '../../../src/curation/checks/facts';
import { description, sampleOf } from '../samples';

const RAW: ChannelFacts = {
  range: { min: 100, max: 3000 },
  pixels: 1800,
  notFinite: 0,
  nonZero: 1800,
  atMax: 1,
  second: 254,
  fractional: 0,
  distinct: 900,
  focus: 0.02,
  unlike: null,
  histogram: null,
};
const SEG: ChannelFacts = { ...RAW, range: { min: 0, max: 255 }, nonZero: 300, atMax: 300, distinct: 2, focus: null };

/** Facts of a flawless sample, but for what is given of its images' only channel. */
export function factsOf(id: string, change: Partial<Record<CheckedRole, Partial<ChannelFacts>>> = {}): SampleFacts {
  const { raw, seg1, seg2 } = sampleOf(id);
  const facts = (role: CheckedRole, channel: ChannelFacts): ImageFacts => ({
    image: description(id),
    appearance: {},
    channels: [{ ...channel, ...change[role] }],
    hash: `${id} ${role}`,
    complete: true,
  });
  return {
    id,
    images: { raw, seg1, seg2 },
    facts: { raw: facts('raw', RAW), seg1: facts('seg1', SEG), seg2: facts('seg2', SEG) },
    failures: [],
  };
}
