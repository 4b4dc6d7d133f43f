import type { NodeAPI, NodeMessage } from 'node-red';
import type { SampleScore } from '../../src/metrics/summary';
import { truthRole } from '../../src/samples/sample';
import { imageOf, isSampleLike, markFailed, readFailed, readSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { mostCollected, type Parts, readParts, SequenceCollector, withoutSequence } from '../sequences';
import type { Arrival, Work } from '../work';
import { registerWorkNode } from '../work-node';
import { type SampleMetrics, scoreOf, summariseSequence } from './sequence-summary';
import { EvaluateSettings } from './settings';

type Settings = (typeof EvaluateSettings)['static'];

export = (RED: NodeAPI): void => {
  registerWorkNode(RED, {
    type: 'segmenter-evaluate',
    settings: EvaluateSettings,
    refused: (node, { msg, send }, error) => {
      if (!readFailed(msg)) markFailed(msg, labelOf(node), error);
      send([msg, null]);
    },
    create: ({ node, status }) => {
      const collector = new SequenceCollector<SampleScore>(mostCollected(RED));

      /** Sends the message on, and the summary after the last of a sequence. */
      const passOn = ({ msg, send }: Pick<Arrival, 'msg' | 'send'>, score: SampleScore | null): void => {
        const { payload: _sample, metrics: _metrics, complete, ...rest } = msg;
        if (score) send([msg, null]);
        const parts = readParts(msg);
        const gathered = collector.add(parts, score, Boolean(complete));
        if (gathered && gathered.length > 0) send([null, summaryMessage(RED, rest, parts, gathered)]);
      };

      return {
        refused: (arrival, error) => passOn(arrival, markFailed(arrival.msg, labelOf(node), error)),
        cancelled: () => {
          collector.clear();
        },
        handle: async (work) => {
          const { msg } = work;
          const failed = readFailed(msg);
          if (failed || (msg.complete && !isSampleLike(msg.payload))) {
            passOn(work, failed);
            return status.done(failed ? 'passedOn' : undefined);
          }
          let evaluated: Evaluated;
          try {
            evaluated = await evaluate(work);
          } catch (error) {
            if (!work.stopped) passOn(work, markFailed(msg, labelOf(node), error));
            throw error;
          }
          if (work.stopped) return;
          const { id, metrics } = evaluated;
          msg.metrics = metrics;
          passOn(work, scoreOf(id, metrics));
          status.done('dice', { dice: metrics.dice.toFixed(3) });
        },
      };
    },
  });
};

interface Evaluated {
  id: string;
  metrics: SampleMetrics;
}

async function evaluate(work: Work<Settings>): Promise<Evaluated> {
  const sample = readSample(work.msg);
  const predicted = imageOf(sample, work.settings.predicted);
  const truth = imageOf(sample, work.settings.truth || truthRole(sample));
  const metrics: unknown = await work.run('evaluate', { predicted, truth, weight: sample.weight ?? null });
  return { id: sample.id, metrics: metrics as SampleMetrics };
}

function summaryMessage(RED: NodeAPI, rest: NodeMessage, parts: Parts | null, scores: SampleScore[]): NodeMessage {
  const message: NodeMessage = RED.util.cloneMessage(rest);
  withoutSequence(message, parts);
  const summary = summariseSequence(scores);
  return { ...message, payload: summary, metrics: summary.mean };
}
