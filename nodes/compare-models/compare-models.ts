import type { NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { BY_ITSELF } from '../../src/events/change';
import type { ModelReference } from '../../src/models/card';
import { type ComparedImage, compareModels, type ModelComparison } from '../../src/trust/comparison';
import { noteChange } from '../event-log';
import { copyMessage } from '../message-copy';
import { noteResult } from '../results-access';
import { failedMessage, failedSample, isSampleLike, readFailed } from '../sample-message';
import { labelOf } from '../sample-node';
import { mostCollected, type OpenSequences, SequenceCollector, warnOfDropped } from '../sequences/collector';
import { readParts, withoutSequence } from '../sequences/parts';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { type Both, segmentByBoth } from './segment-by-both';
import { CompareModelsSettings } from './settings';

type Settings = CompareModelsSettings;

/** What a sequence is made of. */
type Gathered = Pick<Both, 'compared' | 'models'> | { failed: { id: string; error: string } };

/** What goes out at the end of a sequence. */
interface Summary extends ModelComparison {
  models: { first: string; second: string };
  /** whether the first's name means the second from now on */
  tookOver: boolean;
  /** why it did not, or did, in words */
  why: string;
  failed: Array<{ id: string; error: string }>;
  /** the images, those that differ most first */
  rows: ComparedImage[];
}

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-compare-models',
    settings: CompareModelsSettings,
    refused: (node, { msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
    create: ({ node, status, inherited }) => {
      const collector = new SequenceCollector<Gathered>({
        maxItems: mostCollected(RED),
        isFailed: (item) => 'failed' in item,
        dropped: (id, items) => warnOfDropped(node, status, id, items),
        open: (inherited as OpenSequences<Gathered> | null) ?? undefined,
      });
      /** Sends the sample on, and after the last of a sequence what they come to. */
      const passOn = async (work: Work<Settings>, out: NodeMessage, item: Gathered | null): Promise<void> => {
        const items = collector.add(readParts(out), item, Boolean(out.complete));
        const summary = items && items.length > 0 ? await conclude(work, items) : null;
        if (work.stopped) return collector.reopen();
        if (item) work.send([out, null]);
        if (!summary) return status.done('compared', { overlap: overlapText(item) });
        const message = copyMessage(RED, { ...out, payload: null });
        withoutSequence(message, readParts(out));
        delete (message as { complete?: unknown }).complete;
        work.send([null, { ...message, topic: 'comparison', payload: summary }]);
        show(work, summary);
      };
      return {
        cancelled: () => {
          collector.clear();
        },
        gathered: () => ({ open: collector.open, items: collector.total }),
        handle: async (work) => {
          const { msg } = work;
          const before = readFailed(msg);
          if (before) return passOn(work, msg, failedItem(before.id, before.failed.error.message));
          if (msg.complete && !isSampleLike(msg.payload)) return passOn(work, msg, null);
          let both: Both;
          try {
            both = await segmentByBoth(work);
          } catch (error) {
            if (work.stopped) return;
            const out = failedMessage(msg, labelOf(node), error);
            const { id, failed } = failedSample(msg.payload, labelOf(node), error);
            noteResult(RED, node, out);
            await passOn(work, out, failedItem(id, failed.error.message));
            throw error;
          }
          if (work.stopped) return;
          const { sample, metrics, compared, models } = both;
          const out = { ...msg, payload: sample, model: models.second, metrics };
          noteResult(RED, node, out, { found: 'mask', truth: 'seg2' });
          await passOn(work, out, { compared, models });
        },
      };
    },
  });
};

function failedItem(id: string, error: string): Gathered {
  return { failed: { id, error } };
}

/** What a sequence comes to; the challenger takes over where it may and is better. */
async function conclude(work: Work<Settings>, items: readonly Gathered[]): Promise<Summary> {
  const { fewestFiles, takesOver } = work.settings;
  const failed = items.flatMap((item) => ('failed' in item ? [item.failed] : []));
  const done = items.flatMap((item) => ('failed' in item ? [] : [item]));
  const comparison = compareModels(
    done.map(({ compared }) => compared),
    fewestFiles,
  );
  const rows = done.map(({ compared }) => compared).sort((a, b) => a.overlap - b.overlap);
  const pairs = done.map(({ models }) => models);
  const [pair] = pairs;
  const models = { first: pair ? nameOf(pair.first) : '', second: pair ? nameOf(pair.second) : '' };
  const summary = { ...comparison, models, failed, rows };
  const refusal = refusalOf(comparison, pairs, failed.length);
  if (refusal !== null) return { ...summary, tookOver: false, why: refusal };
  const why = `better than ${models.first}: ${diceText(comparison)}`;
  if (!takesOver) return { ...summary, tookOver: false, why };
  const { first, second } = pair;
  if (first.name !== second.name) {
    throw new InvalidInputError('challenger', `a version of ${first.name}, to take over its name`, models.second);
  }
  const change = { do: 'choose' as const, name: first.name, version: second.version, insteadOf: first.version, why };
  await work.host.run('change-models', { change });
  const { do: what, ...to } = change;
  const { id, type, name = '' } = work.node;
  noteChange(work.RED, { who: BY_ITSELF, what: `model-${what}`, node: { id, type, name }, to });
  return { ...summary, tookOver: true, why };
}

/** Why a challenger does not take over; null: it is better. */
function refusalOf(comparison: ModelComparison, pairs: ReadonlyArray<Both['models']>, failed: number): string | null {
  const { second, difference, dice } = comparison;
  if (pairs.length === 0) return 'no image could be compared';
  if (pairs.some((pair) => !isSame(pair.first, pairs[0].first) || !isSame(pair.second, pairs[0].second)))
    return 'the versions changed during the sequence: compare them again';
  if (isSame(pairs[0].first, pairs[0].second)) return 'both are the same version';
  if (failed > 0) return `${failed} of the images failed`;
  if (!dice) return 'there is no truth to compare with';
  if (second === 'unknown') return `too few files with a truth to say which is better: ${difference?.files ?? 1}`;
  if (second === 'better') return null;
  return `not better: ${diceText(comparison)}`;
}

function isSame(one: ModelReference, other: ModelReference): boolean {
  return one.sha256 === other.sha256 && one.name === other.name && one.version === other.version;
}

function nameOf({ name, version }: ModelReference): string {
  return `${name}@${version}`;
}

function diceText({ dice, difference }: ModelComparison): string {
  if (!dice || !difference) return '';
  const { mean, low, high, level, files } = difference;
  const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
  const interval = `${signed(low)} to ${signed(high)} at ${100 * level} %`;
  return `Dice ${dice.second.toFixed(3)} for ${dice.first.toFixed(3)}, ${signed(mean)} (${interval}, ${files} files)`;
}

function overlapText(item: Gathered | null): string {
  return item && !('failed' in item) ? item.compared.overlap.toFixed(3) : '';
}

function show({ status }: Work<Settings>, { tookOver, models, second, failed, overlap }: Summary): void {
  const params = { overlap: overlap?.toFixed(3) ?? '', version: models.second.split('@')[1] ?? '' };
  if (failed.length > 0) status.warning('someFailed', { failed: failed.length });
  else if (tookOver) status.settled('tookOver', params);
  else status.settled(second === 'unknown' ? 'overlap' : second, params);
}
