import type { NodeAPI } from 'node-red';
import { validate } from '../../src/base/validate';
import { suggestPatch } from '../../src/patches/plan';
import { type PatchPlan, PatchPlanSchema, type Sample } from '../../src/samples/sample';
import { untilAccepted } from '../pacing';
import { readFailed, readSample } from '../sample-message';
import { sendFailed } from '../sample-node';
import { readParts } from '../sequences';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { cutSample } from './cut-sample';
import { PatchSettings } from './settings';

type Settings = (typeof PatchSettings)['static'];

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-patch',
    settings: PatchSettings,
    refused: sendFailed,
    create: ({ node, settings, status }) => ({
      refused: (arrival, error) => sendFailed(node, arrival, error),
      handle: async (work) => {
        const { msg, send } = work;
        if (readFailed(msg)) {
          status.warning('passedOn');
          return send(msg);
        }
        try {
          const sample = readSample(msg);
          const patches = planFor(sample, settings);
          if (settings.emit === 'patches') return await sendPatches(work, sample, patches);
          msg.payload = { ...sample, patches };
          status.done('size', { size: sizeText(patches) });
        } catch (error) {
          if (!work.stopped) sendFailed(node, work, error);
          throw error;
        }
        send(msg);
      },
    }),
  });
};

/** What is blank is suggested from the image; with Y or X given and Z blank the patches are 2D. */
function planFor(sample: Sample, settings: Settings): PatchPlan {
  const { sizeZ, sizeY, sizeX, emit: _emit, ...rest } = settings;
  const [, , z, y, x] = sample.raw.shape;
  const is3d = sizeZ !== null || (sizeY === null && sizeX === null && z > 1);
  const suggested = suggestPatch([[z, y, x]], is3d ? 3 : 2);
  const size = { sizeZ: sizeZ ?? suggested.sizeZ, sizeY: sizeY ?? suggested.sizeY, sizeX: sizeX ?? suggested.sizeX };
  return validate(PatchPlanSchema, { ...rest, ...size }, 'patches');
}

async function sendPatches(work: Work<Settings>, sample: Sample, plan: PatchPlan): Promise<void> {
  const { RED, msg, send, status, signal } = work;
  const regions = await work.run('list-patches', { sample, plan });
  const outer = readParts(msg) ?? undefined;
  const id = RED.util.generateId();
  const count = regions.length;
  // The message stays out of the clones: each gets its own payload.
  const { payload: _sample, ...rest } = msg;
  for (const [index, region] of regions.entries()) {
    if (!region) continue;
    const parts = { id, index, count, inner: true, ...(outer ? { parts: outer } : {}) };
    send({ ...RED.util.cloneMessage(rest), payload: cutSample(sample, region, index), parts });
    status.busy((index + 1) / count);
    if (index + 1 < count) await untilAccepted(id, signal);
  }
  status.done('patches', { count });
}

function sizeText({ sizeZ, sizeY, sizeX }: PatchPlan): string {
  return [sizeZ, sizeY, sizeX].filter((size) => size !== null).join('x');
}
