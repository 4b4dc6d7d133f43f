import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { CancelledError } from '../../src/base/errors';
import { detachTraining, findTraining, saveTraining, takeEndedTraining } from '../../src/jobs/host/training-jobs';
import type { Sample } from '../../src/samples/sample';
import type { FailedSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { mostCollected, type OpenSequences, SequenceCollector, warnOfDropped } from '../sequences/collector';
import { readParts } from '../sequences/parts';
import { registerWorkNode } from '../work-node';
import { hasFailed, readTrainingSample, type TrainingData, trainingData } from './collected';
import { followTraining, settingsHash, startTraining, type TrainingContext } from './run-training';
import { TrainNodeSettings } from './settings';
import { stopsForGood, watchStopping } from './stopping';

/** The samples of each message that completed a sequence; a message that waits when a deploy comes keeps them. */
const complete = new WeakMap<NodeMessageInFlow, TrainingData>();

export = (RED: NodeAPI): void => {
  watchStopping(RED);
  registerWorkNode(RED, {
    type: 'segmenter-train',
    settings: TrainNodeSettings,
    create: ({ node, settings, compute, status, errors, inherited }) => {
      let hasDropped = false;
      const collector = new SequenceCollector<Sample | FailedSample>({
        maxItems: mostCollected(RED),
        isFailed: hasFailed,
        dropped: (id, items) => {
          hasDropped = true;
          warnOfDropped(node, status, id, items);
        },
        open: (inherited as OpenSequences<Sample | FailedSample> | null) ?? undefined,
      });
      /** messages whose training runs: it outlives a deploy by itself */
      const started = new WeakSet<NodeMessageInFlow>();
      const hash = settingsHash(settings, compute);
      const found = findTraining(node.id, hash);
      const ended = takeEndedTraining(node.id);
      if (ended) status.warning('ended', { step: ended.progress?.step ?? 0 });

      return {
        isForAll: true,
        accept: ({ msg, done }) => {
          if (complete.has(msg)) return false;
          const parts = readParts(msg);
          let problem: unknown;
          const sample = readTrainingSample(msg, labelOf(node), (error) => {
            problem = error;
          });
          const collected = collector.add(parts, sample, Boolean(msg.complete));
          if (collected) {
            if (problem) errors.report(problem, msg);
            complete.set(msg, trainingData(collected));
            return false;
          }
          const count = collector.size(parts);
          if (!hasDropped) status.waitingFor('collecting', { count });
          hasDropped = false;
          done(problem instanceof Error ? problem : undefined);
          return true;
        },
        cancelled: () => {
          const dropped = collector.clear();
          if (dropped > 0) status.failed(new CancelledError('collecting'));
        },
        resume: () => (found ? (found.context as TrainingContext).msg : null),
        gathered: () => ({ open: collector.open, items: collector.total }),
        keeps: (msg) => started.has(msg) || msg === (found?.context as TrainingContext | undefined)?.msg,
        handle: async (work) => {
          const { msg } = work;
          if (found && msg === (found.context as TrainingContext).msg) {
            return followTraining(work, found, (found.context as TrainingContext).data);
          }
          const data = complete.get(msg);
          if (!data) return;
          const training = await startTraining(work, data);
          started.add(msg);
          await followTraining(work, training, data);
        },
        closed: async (removed) => {
          detachTraining(node.id, removed);
          if (!removed && stopsForGood()) await saveTraining(node.id);
        },
      };
    },
  });
};
