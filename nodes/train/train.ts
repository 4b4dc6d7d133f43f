import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { CancelledError } from '../../src/base/errors';
import { detachTraining, findTraining, saveTraining, takeEndedTraining } from '../../src/jobs/training-jobs';
import type { Sample } from '../../src/samples/sample';
import type { FailedSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { mostCollected, readParts, SequenceCollector } from '../sequences';
import { registerWorkNode } from '../work-node';
import { readTrainingSample, type TrainingData, trainingData } from './collected';
import { followTraining, settingsHash, startTraining, type TrainingContext } from './run-training';
import { TrainNodeSettings } from './settings';
import { stopsForGood, watchStopping } from './stopping';

export = (RED: NodeAPI): void => {
  watchStopping(RED);
  registerWorkNode(RED, {
    type: 'segmenter-train',
    settings: TrainNodeSettings,
    create: ({ node, settings, compute, status }) => {
      const collector = new SequenceCollector<Sample | FailedSample>(mostCollected(RED));
      /** the samples of each message that completed a sequence */
      const complete = new WeakMap<NodeMessageInFlow, TrainingData>();
      const hash = settingsHash(settings, compute);
      const found = findTraining(node.id, hash);
      const ended = takeEndedTraining(node.id);
      if (ended) status.warning('ended', { step: ended.progress?.step ?? 0 });

      return {
        accept: ({ msg, done }) => {
          const parts = readParts(msg);
          let problem: unknown;
          const sample = readTrainingSample(msg, labelOf(node), (error) => {
            problem = error;
          });
          const collected = collector.add(parts, sample, Boolean(msg.complete));
          if (collected) {
            if (problem) node.error(problem, msg);
            complete.set(msg, trainingData(collected));
            return false;
          }
          const count = collector.size(parts);
          status.waitingFor('collecting', { count });
          done(problem instanceof Error ? problem : undefined);
          return true;
        },
        cancelled: () => {
          const dropped = collector.clear();
          if (dropped > 0) status.failed(new CancelledError('collecting'));
        },
        resume: () => (found ? (found.context as TrainingContext).msg : null),
        handle: async (work) => {
          const data = complete.get(work.msg);
          if (data) return followTraining(work, await startTraining(work, data), data);
          if (found) await followTraining(work, found, (found.context as TrainingContext).data);
        },
        closed: async (removed) => {
          detachTraining(node.id, removed);
          if (!removed && stopsForGood()) await saveTraining(node.id);
        },
      };
    },
  });
};
