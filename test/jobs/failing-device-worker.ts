import { SegmenterError } from '../../src/base/errors';
import { BACKENDS } from '../../src/engines/backends';
import type { Backend, Engine } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { implementations } from '../../src/jobs/implementations';
import { serveJobs } from '../../src/jobs/worker/serve-jobs';

/** The real jobs, on a device that computes as the processor does and is lost at a step of the second epoch or the first prediction. */
const LOST_AT = 15;

const failing: Backend = {
  engine: 'onnx',
  device: 'webgpu',
  open: async (options): Promise<Engine> => {
    const cpu = await onnxOnCpu.open(options);
    return {
      ...{ name: 'onnx', device: 'webgpu', threads: cpu.threads },
      createTraining: async (spec, training, state) => {
        const session = await cpu.createTraining(spec, training, state);
        let step = state.step;
        return {
          stepsAtOnce: session.stepsAtOnce,
          steps: async (steps) => {
            step += steps.length;
            if (step >= LOST_AT) process.kill(process.pid, 'SIGKILL');
            return session.steps(steps);
          },
          readState: () => session.readState(),
          dispose: () => session.dispose(),
        };
      },
      createPrediction: async (model) => {
        const session = await cpu.createPrediction(model);
        return {
          // Of a training the validation works.
          predict: (input, shape) => (process.env.LOSE_PREDICTIONS ? lost() : session.predict(input, shape)),
          dispose: () => session.dispose(),
        };
      },
    };
  },
};

async function lost(): Promise<never> {
  throw new SegmenterError('engine', 'the device was lost');
}

const known = BACKENDS.filter(({ engine, device }) => !(engine === 'onnx' && device === 'webgpu'));
(BACKENDS as Backend[]).splice(0, BACKENDS.length, ...known, failing);
serveJobs(implementations);
