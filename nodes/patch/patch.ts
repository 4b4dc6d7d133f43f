import type { NodeAPI } from 'node-red';
import { validate } from '../../src/base/schema';
import { chooseDimensions } from '../../src/network/dimensions';
import { suggestPatch } from '../../src/patches/plan';
import { type PatchPlan, PatchPlanSchema, type Sample } from '../../src/samples/sample';
import { copyMessage, orderOnce } from '../message-copy';
import { imagesOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { sentSequenceId } from '../sequences/collector';
import { untilAccepted } from '../sequences/pacing';
import { readParts } from '../sequences/parts';
import type { Work } from '../work';
import { cutSample } from './cut-sample';
import { PatchSettings } from './settings';

type Settings = (typeof PatchSettings)['static'];

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-patch',
    settings: PatchSettings,
    step: async (work, sample) => {
      const patches = planFor(sample, work.settings);
      if (work.settings.emit === 'plan') {
        return { sample: { patches }, status: { key: 'size', params: { size: sizeText(patches) } } };
      }
      await sendPatches(work, sample, patches);
      return null;
    },
  });
};

/** What is blank is suggested from the image; with Y or X given and Z blank the patches are 2D. */
function planFor(sample: Sample, settings: Settings): PatchPlan {
  const { sizeZ, sizeY, sizeX, emit: _emit, ...rest } = settings;
  const { pixelSize, shape } = sample.raw;
  const [, , z, y, x] = shape;
  const isOpen = sizeZ === null && sizeY === null && sizeX === null;
  const is3d = sizeZ !== null || (isOpen && chooseDimensions([{ planes: z, pixelSize }]).dimensions === 3);
  const size = suggestPatch([[z, y, x]], is3d ? 3 : 2);
  const suggested: PatchPlan['suggested'] = isOpen ? ['sizeZ'] : [];
  if (sizeZ !== null) size.sizeZ = sizeZ;
  if (sizeY === null) suggested.push('sizeY');
  else size.sizeY = sizeY;
  if (sizeX === null) suggested.push('sizeX');
  else size.sizeX = sizeX;
  return validate(PatchPlanSchema, { ...rest, ...size, ...(suggested.length > 0 ? { suggested } : {}) }, 'patches');
}

async function sendPatches(work: Work<Settings>, sample: Sample, plan: PatchPlan): Promise<void> {
  const { RED, msg, send, status, signal } = work;
  const regions = await work.run('list-patches', { sample: imagesOf(sample), plan });
  const outer = readParts(msg) ?? undefined;
  const id = sentSequenceId(work);
  const count = regions.length;
  // The message stays out of the clones: each gets its own payload.
  const { payload: _sample, ...rest } = msg;
  for (const [index, region] of regions.entries()) {
    if (!region) continue;
    const parts = { id, index, count, inner: true, ...(outer ? { parts: outer } : {}) };
    const out = copyMessage(RED, rest);
    orderOnce(out, { first: index === 0, last: index + 1 === count });
    send({ ...out, payload: cutSample(sample, region, index), parts });
    status.busy((index + 1) / count);
    if (index + 1 < count) await untilAccepted(id, signal);
  }
  status.done('patches', { count });
}

function sizeText({ sizeZ, sizeY, sizeX }: PatchPlan): string {
  return [sizeZ, sizeY, sizeX].filter((size) => size !== null).join('x');
}
