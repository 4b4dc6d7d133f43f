import type { NodeAPI, NodeMessage } from 'node-red';
import type { EvaluateMetrics } from '../../src/jobs/job-types';
import type { SampleScore } from '../../src/metrics/summary';
import { truthRole } from '../../src/samples/sample';
import { expectationsOf } from '../expectations';
import { copyMessage } from '../message-copy';
import { attempt } from '../node-status';
import { type Parts, readParts, withoutSequence } from '../parts';
import { noteResult } from '../results-access';
import {
  type FailedSample,
  failedMessage,
  failedSample,
  imageOf,
  isSampleLike,
  readFailed,
  readSample,
} from '../sample-message';
import { labelOf } from '../sample-node';
import { mostCollected, type OpenSequences, SequenceCollector, warnOfDropped } from '../sequences';
import type { Arrival, Send, Work } from '../work';
import { registerWorkNode } from '../work-node';
import { type SequenceSummary, scoreOf, summariseSequence } from './sequence-summary';
import { EvaluateSettings } from './settings';
import { showSummary } from './summary-status';

type Settings = (typeof EvaluateSettings)['static'];

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-evaluate',
    settings: EvaluateSettings,
    refused: (node, { msg, send }, error) => send([failedMessage(msg, labelOf(node), error), null]),
    create: ({ node, status, inherited }) => {
      const collector = new SequenceCollector<SampleScore>({
        maxItems: mostCollected(RED),
        isFailed: (score) => 'failed' in score,
        dropped: (id, items) => warnOfDropped(node, status, id, items),
        open: (inherited as OpenSequences<SampleScore> | null) ?? undefined,
      });

      /** Sends the message on, and the summary after the last of a sequence. @returns it */
      const passOn = (msg: NodeMessage, send: Send, score: SampleScore | null): SequenceSummary | null => {
        const { payload: _sample, metrics: _metrics, complete, ...rest } = msg;
        if (score) send([msg, null]);
        const parts = readParts(msg);
        const gathered = collector.add(parts, score, Boolean(complete));
        if (!gathered || gathered.length === 0) return null;
        const summary = summariseSequence(gathered);
        send([null, summaryMessage(RED, rest, parts, summary)]);
        return summary;
      };

      /** The sample goes on and into the summary as failed. */
      const fail = ({ msg, send }: Pick<Arrival, 'msg' | 'send'>, error: unknown): void => {
        const { id, failed } = failedSample(msg.payload, labelOf(node), error);
        const out = failedMessage(msg, labelOf(node), error);
        noteResult(RED, node, out);
        attempt(node, `summing up the sequence of ${id}`, () => passOn(out, send, { id, failed }));
      };

      return {
        refused: fail,
        cancelled: () => {
          collector.clear();
        },
        gathered: () => ({ open: collector.open, items: collector.total }),
        handle: async (work) => {
          const { msg, send } = work;
          let evaluated: Evaluated | FailedSample | null;
          try {
            evaluated = await evaluate(work);
          } catch (error) {
            if (!work.stopped) fail(work, error);
            throw error;
          }
          if (work.stopped) return;
          if (evaluated === null || 'failed' in evaluated) {
            noteResult(RED, node, msg);
            const summary = passOn(msg, send, evaluated);
            if (summary) return showSummary(status, summary);
            return evaluated ? status.passedOn() : status.done();
          }
          const { id, metrics } = evaluated;
          const expected = expectationsOf(msg);
          msg.metrics = { ...metrics, ...expected };
          noteResult(RED, node, msg);
          const summary = passOn(msg, send, scoreOf(id, metrics, expected.predicted));
          const dice = metrics.dice.toFixed(3);
          if (summary) showSummary(status, summary);
          else if (status.isUnderWay) status.going('diceAt', { dice });
          else status.done('dice', { dice });
        },
      };
    },
  });
};

interface Evaluated {
  id: string;
  metrics: EvaluateMetrics;
}

/** @returns null for a message that only ends the sequence */
async function evaluate(work: Work<Settings>): Promise<Evaluated | FailedSample | null> {
  const failed = readFailed(work.msg);
  if (failed || (work.msg.complete && !isSampleLike(work.msg.payload))) return failed;
  const sample = readSample(work.msg);
  const predicted = imageOf(sample, work.settings.predicted);
  const truth = imageOf(sample, work.settings.truth || truthRole(sample));
  // Of another segmentation the map says nothing.
  const isOfMap = ['mask', 'labels'].includes(work.settings.predicted);
  const probability = (isOfMap && sample.probability) || null;
  const { tolerance } = work.settings;
  const metrics = await work.run('evaluate', {
    predicted,
    truth,
    weight: sample.weight ?? null,
    probability,
    tolerance,
  });
  for (const warning of metrics.warnings) work.warn(warning);
  return { id: sample.id, metrics };
}

function summaryMessage(RED: NodeAPI, rest: NodeMessage, parts: Parts | null, summary: SequenceSummary): NodeMessage {
  const message = copyMessage(RED, rest);
  withoutSequence(message, parts);
  const { mean, meanNonEmpty, emptyReferences } = summary;
  return { ...message, payload: summary, metrics: mean && { ...mean, meanNonEmpty, emptyReferences } };
}
