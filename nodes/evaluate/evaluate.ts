import type { NodeAPI, NodeMessage } from 'node-red';
import { messageOf } from '../../src/base/errors';
import type { EvaluateMetrics } from '../../src/jobs/job-types';
import type { ComparedImage } from '../../src/reports/evaluation-gathering';
import { truthRole } from '../../src/samples/sample';
import { expectationsOf } from '../expectations';
import { copyMessage } from '../message-copy';
import { attempt } from '../node-status';
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
import { mostCollected, type OpenSequences, SequenceCollector, warnOfDropped } from '../sequences/collector';
import { type Parts, readParts, withoutSequence } from '../sequences/parts';
import type { Arrival, Send, Work } from '../work';
import { registerWorkNode } from '../work-node';
import { comparedImage, type Gathered, madeBy, writeReport } from './sequence-report';
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
      const collector = new SequenceCollector<Gathered>({
        maxItems: mostCollected(RED),
        isFailed: (score) => 'failed' in score,
        dropped: (id, items) => warnOfDropped(node, status, id, items),
        open: (inherited as OpenSequences<Gathered> | null) ?? undefined,
      });

      /** Adds to the sequence. @returns its items where it is complete now */
      const gather = (msg: NodeMessage, score: Gathered | null): Gathered[] | null => {
        const items = collector.add(readParts(msg), score, Boolean(msg.complete));
        return items && items.length > 0 ? items : null;
      };

      /** Sends the sample on, and the summary after the last of a sequence. */
      const passOn = (msg: NodeMessage, send: Send, score: Gathered | null, summing: Summing | null): void => {
        const { payload: _sample, metrics: _metrics, complete: _complete, ...rest } = msg;
        if (score) send([msg, null]);
        if (summing) send([null, summaryMessage(RED, rest, readParts(msg), summing)]);
      };

      /** As {@link passOn}, with a report of a sequence that is complete. @returns its summary */
      const finish = async (
        work: Work<Settings>,
        msg: NodeMessage,
        score: Gathered | null,
      ): Promise<SequenceSummary | null> => {
        let items: Gathered[] | null;
        try {
          items = gather(msg, score);
        } catch (error) {
          passOn(msg, work.send, score, null);
          throw error;
        }
        const report = items && (await writeReport(work, items));
        // The message comes again after the deploy, and nothing of it was sent.
        if (work.stopped) {
          collector.reopen();
          return null;
        }
        const summary = items && summariseSequence(items);
        passOn(msg, work.send, score, summary && { summary, report });
        return summary;
      };

      /** The sample goes on and into the summary as failed; it got no work, and its sequence no report. */
      const refuse = ({ msg, send }: Pick<Arrival, 'msg' | 'send'>, error: unknown): void => {
        const { out, score } = failure(msg, error);
        attempt(node, `summing up the sequence of ${score.id}`, () => {
          const items = gather(out, score);
          passOn(out, send, score, items && { summary: summariseSequence(items), report: null });
        });
      };

      const failure = (msg: NodeMessage, error: unknown) => {
        const score = failedSample(msg.payload, labelOf(node), error);
        const out = failedMessage(msg, labelOf(node), error);
        noteResult(RED, node, out);
        return { out, score: { id: score.id, failed: score.failed } };
      };

      return {
        refused: refuse,
        cancelled: () => {
          collector.clear();
        },
        gathered: () => ({ open: collector.open, items: collector.total }),
        handle: async (work) => {
          const { msg } = work;
          let evaluated: Evaluated | FailedSample | null;
          try {
            evaluated = await evaluate(work);
          } catch (error) {
            if (!work.stopped) {
              const { out, score } = failure(msg, error);
              await finish(work, out, score).catch((cause) => node.warn(messageOf(cause)));
            }
            throw error;
          }
          if (work.stopped) return;
          if (evaluated === null || 'failed' in evaluated) {
            noteResult(RED, node, msg);
            const summary = await finish(work, msg, evaluated);
            if (work.stopped) return;
            if (summary) return showSummary(status, summary);
            return evaluated ? status.passedOn() : status.done();
          }
          const { metrics, compared } = evaluated;
          const expected = expectationsOf(msg);
          const score = { ...scoreOf(compared.id, metrics, expected.predicted), compared };
          const out = { ...msg, metrics: { ...metrics, ...expected } };
          noteResult(RED, node, out, evaluated.roles);
          const summary = await finish(work, out, score);
          if (work.stopped) return;
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
  /** names of the images in the sample */
  roles: { found: string; truth: string };
  metrics: EvaluateMetrics;
  compared: ComparedImage;
}

/** A complete sequence, and the path of its report. */
interface Summing {
  summary: SequenceSummary;
  report: string | null;
}

/** @returns null for a message that only ends the sequence */
async function evaluate(work: Work<Settings>): Promise<Evaluated | FailedSample | null> {
  const failed = readFailed(work.msg);
  if (failed || (work.msg.complete && !isSampleLike(work.msg.payload))) return failed;
  const sample = readSample(work.msg);
  const { predicted: named, tolerance } = work.settings;
  const roles = {
    found: named || (sample.mask || !sample.labels ? 'mask' : 'labels'),
    truth: work.settings.truth || truthRole(sample),
  };
  const predicted = imageOf(sample, roles.found);
  const truth = imageOf(sample, roles.truth);
  // Of another segmentation the map says nothing.
  const isOfMap = ['mask', 'labels'].includes(roles.found);
  const probability = (isOfMap && sample.probability) || null;
  const metrics = await work.run('evaluate', {
    predicted,
    truth,
    labels: (named === '' && roles.found === 'mask' && sample.labels) || null,
    weight: sample.weight ?? null,
    probability,
    tolerance,
  });
  for (const warning of metrics.warnings) work.warn(warning);
  const images = comparedImage(sample, { predicted, truth }, roles.found, metrics);
  return { roles, metrics, compared: { ...images, ...madeBy(work.msg) } };
}

function summaryMessage(
  RED: NodeAPI,
  rest: NodeMessage,
  parts: Parts | null,
  { summary, report }: Summing,
): NodeMessage {
  const message = copyMessage(RED, rest);
  withoutSequence(message, parts);
  const { mean, meanNonEmpty, emptyReferences } = summary;
  const metrics = mean && { ...mean, meanNonEmpty, emptyReferences };
  return { ...message, payload: summary, metrics, ...(report === null ? {} : { report }) };
}
