import type { NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { plainJson } from '../../src/base/plain-json';
import { validate } from '../../src/base/schema';
import { type ImageDescription, ImageDescriptionSchema } from '../../src/image/description';
import type { JobInput } from '../../src/jobs/job-types';
import { type NextPosition, useqSequence } from '../../src/stage/forms';
import { nextPositions } from '../../src/stage/next-positions';
import type { Point } from '../../src/stage/orientation';
import { middleOf } from '../../src/stage/place';
import { copyMessage } from '../message-copy';
import {
  failedMessage,
  imageOf,
  isFailed,
  isImage,
  isSampleLike,
  peek,
  readFailed,
  readSample,
} from '../sample-message';
import { labelOf } from '../sample-node';
import { readParts, withoutSequence } from '../sequences/parts';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { PositionsSettings } from './settings';
import { prepareStaging, type Staged, sequenceRestOf, staged } from './staging';
import { VisitedMemory } from './visited-memory';

/** Micrometres within which two images are of the same place, where no distance is set. */
const SAME_PLACE = 1;

/** What is said of the positions of an image beside them: `msg.metrics.positions`. */
interface PositionMetrics {
  given: number;
  /** objects of the image; of an image that is taken again 1 */
  total: number;
  /** left out at the border, and near positions before them */
  atBorder: number;
  near: number;
  /** of the points that the stage's orientation was found by: how many, and how well they fit, in micrometres */
  points?: number;
  residual?: number;
}

interface Found {
  positions: NextPosition[];
  metrics: PositionMetrics;
}

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-positions',
    settings: PositionsSettings,
    refused: (node, { msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
    create: ({ node, settings, status }) => {
      prepareStaging();
      const memory = new VisitedMemory(RED, node, settings.distance || SAME_PLACE);
      return {
        isRetried: true,
        refused: ({ msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
        handle: async (work) => {
          const { msg } = work;
          try {
            const run = (await work.text('run')) ?? '';
            if (peek(msg, 'reset') === true) {
              await memory.forget(run);
              if (!isSampleLike(msg.payload)) return status.done();
            }
            if (isFailed(msg) && (settings.of === 'objects' || !isImage(peek(msg.payload, 'raw')))) {
              status.passedOn();
              return work.send([msg, null]);
            }
            const find = settings.of === 'objects' ? ofObjects : ofImage;
            const found = await find(work, memory, run);
            const form = await formed(work, found.positions);
            if (work.stopped) return;
            const isRemembered = settings.of === 'image' || settings.distance > 0;
            if (isRemembered) await memory.add(run, found.positions);
            send(work, found, form);
          } catch (error) {
            if (work.stopped || work.isTriedAgain(error)) throw error;
            const final = work.final(error);
            work.send([failedMessage(msg, labelOf(node), final), null]);
            throw final;
          }
        },
        closed: () => memory.close(),
      };
    },
  });
};

async function ofObjects(work: Work<PositionsSettings>, memory: VisitedMemory, run: string): Promise<Found> {
  const { rank: by, inside, most, distance, travel } = work.settings;
  const { id, raw, labels = null, probability = null } = readSample(work.msg);
  const objects = objectTable(work.msg);
  const { placeOf, fit } = await staged(work, raw);
  const ranked = await work.run('rank-objects', { image: raw, objects, by, inside, labels, probability });
  const { candidates, total, atBorder } = ranked;
  const visited = await memory.open();
  const isTaken = (place: Point) => visited.times(run, place) > 0;
  const seen = { sample: id, candidates, placeOf, middle: middleOf(raw) };
  const { positions, near } = nextPositions(seen, { most, distance, isTaken, travel });
  return { positions, metrics: { given: positions.length, total, atBorder, near, ...told(work, fit) } };
}

/** The table as threshold made it; the job checks its rows. @throws InvalidInputError where there is none */
function objectTable(msg: NodeMessage): JobInput<'rank-objects'>['objects'] {
  const table = peek(peek(msg, 'metrics'), 'objects');
  if (typeof peek(table, 'total') !== 'number' || !Array.isArray(peek(table, 'rows'))) {
    throw new InvalidInputError('msg.metrics.objects', 'the object table that threshold makes', table);
  }
  return plainJson(table, 'msg.metrics.objects') as JobInput<'rank-objects'>['objects'];
}

/** The place of the image itself, as often as it may be taken. */
async function ofImage(work: Work<PositionsSettings>, memory: VisitedMemory, run: string): Promise<Found> {
  const { msg, settings } = work;
  const failed = readFailed(msg);
  const image = failed ? rawOfFailed(msg) : imageOf(readSample(msg), 'raw');
  const { placeOf, fit } = await staged(work, image);
  const place = placeOf(middleOf(image));
  const times = (await memory.open()).times(run, place);
  const sample = String(peek(msg.payload, 'id'));
  const reason = failed?.failed.error.message ?? reasonsOf(msg);
  const position = { name: sample, sample, object: null, ...place, measures: null, score: null };
  const positions = times < settings.scans ? [{ ...position, ...(reason ? { reason } : {}) }] : [];
  const near = 1 - positions.length;
  return { positions, metrics: { given: positions.length, total: 1, atBorder: 0, near, ...told(work, fit) } };
}

function rawOfFailed({ payload }: NodeMessage): ImageDescription {
  const name = 'msg.payload.raw';
  return validate(ImageDescriptionSchema, plainJson(peek(payload, 'raw'), name), name);
}

/** Why a gate did not let an image pass. */
function reasonsOf({ payload }: NodeMessage): string {
  const reasons = peek(peek(payload, 'verdict'), 'reasons');
  return Array.isArray(reasons) ? reasons.filter((each) => typeof each === 'string').join('; ') : '';
}

function told(work: Work<PositionsSettings>, fit: Staged['fit']): Partial<PositionMetrics> {
  if (!fit) return {};
  const { points, residual } = fit;
  work.warnOnce(`the ${points} points of the calibration fit to ${residual.toPrecision(3)} µm`);
  return { points, residual };
}

async function formed(work: Work<PositionsSettings>, positions: NextPosition[]): Promise<unknown> {
  return work.settings.form === 'useq' ? useqSequence(positions, await sequenceRestOf(work)) : positions;
}

/** Sends the sample on, and what a microscope shall do where there is something to do. */
function send({ RED, msg, send, status }: Work<PositionsSettings>, { positions, metrics }: Found, form: unknown): void {
  const known = peek(msg, 'metrics');
  const payload = { ...(msg.payload as object), positions };
  const request = copyMessage(RED, { ...msg, payload: null } as NodeMessage);
  withoutSequence(request, readParts(msg));
  for (const name of ['complete', 'reset', 'metrics']) delete (request as Record<string, unknown>)[name];
  const out = { ...msg, payload, metrics: { ...(typeof known === 'object' ? known : {}), positions: metrics } };
  Object.assign(msg, out);
  send([msg, positions.length > 0 ? { ...request, topic: 'positions', payload: form } : null]);
  if (positions.length === 0 && metrics.near > 0) status.warning('near');
  else status.done('positions', { count: positions.length });
}
