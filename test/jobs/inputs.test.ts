import assert from 'node:assert/strict';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { checkInput, JOB_INPUTS } from '../../src/jobs/inputs';
import type { TrainSettings } from '../../src/jobs/job-types';
import { Workbench } from './implementations/workbench';
import { COMPUTE, IMAGE, TRAIN_SETTINGS } from './toy-jobs';

const refuse = (run: () => unknown, message: RegExp) => assert.throws(run, { code: 'invalid-input', message });

describe('the input of jobs', () => {
  const sample = { id: 'a', raw: IMAGE, seg1: IMAGE };
  const train = (changes: Partial<TrainSettings>) =>
    checkInput('train', { samples: [sample], settings: { ...TRAIN_SETTINGS, ...changes }, compute: COMPUTE });

  it('of a training: each setting within its limits', () => {
    assert.equal(train({}).settings.epochs, TRAIN_SETTINGS.epochs);
    refuse(() => train({ epochs: 0 }), /train\.settings\.epochs: must be >= 1, got 0/);
    refuse(() => train({ batchSize: 1.5 }), /train\.settings\.batchSize: must be integer, got 1\.5/);
    refuse(() => train({ learningRate: 0 }), /train\.settings\.learningRate: must be > 0, got 0/);
    refuse(() => train({ validation: 1 }), /train\.settings\.validation: must be < 1, got 1/);
    refuse(() => train({ maxMinutes: 0 }), /train\.settings\.maxMinutes: must be > 0, got 0/);
    refuse(() => train({ patience: 0 }), /train\.settings\.patience: must be >= 1, got 0/);
  });

  it('of a training: of a sample that failed nothing but its failure matters, of others all does', () => {
    const failed = { id: 'b', failed: { node: 'n', error: { name: 'Error', code: 'engine', message: 'm' } } };
    const given = (samples: unknown[]) => ({ samples, settings: TRAIN_SETTINGS, compute: COMPUTE });
    assert.equal(checkInput('train', given([sample, failed])).samples.length, 2);
    refuse(() => checkInput('train', given([{ id: 'c' }])), /^train\.samples\.0: must have required property 'raw'/);
    refuse(
      () => checkInput('train', given([{ ...failed, id: '' }])),
      /^train\.samples\.0\.id: must NOT have fewer than 1/,
    );
  });

  it('names the job, the property, the value and what was expected', () => {
    const image = { ...IMAGE, dtype: 'complex64' };
    refuse(
      () => checkInput('evaluate', { predicted: image, truth: IMAGE, weight: null }),
      /^evaluate\.predicted\.dtype: must be equal to one of the allowed values \(.*"float64"\), got "complex64"$/,
    );
    refuse(() => checkInput('merge-masks', { sample, base: 'seg3', regions: null }), /merge-masks\.base: .*"seg3"/);
  });

  it('has a check that compiles, for each job', () => {
    for (const job of Object.keys(JOB_INPUTS) as Array<keyof typeof JOB_INPUTS>) {
      refuse(() => checkInput(job, 5), new RegExp(`^${job}: must be object, got 5`));
    }
  });

  describe('where it is served', () => {
    let bench: Workbench;
    let host: JobHost;
    before(async () => {
      bench = await Workbench.open();
      host = createJobHost(bench.settings);
    });
    after(async () => {
      await host.shutdown();
      await bench.close();
    });

    it('is checked before the job begins', async () => {
      const image = { ...IMAGE, shape: [1, 1, 1, 4] } as unknown as typeof IMAGE;
      await assert.rejects(host.run('evaluate', { predicted: image, truth: IMAGE, weight: null }), {
        code: 'invalid-input',
        message: /^evaluate\.predicted\.shape: must NOT have fewer than 5 items/,
      });
    });
  });
});
