import assert from 'node:assert/strict';
import { tensorflowOnCpu, tensorflowOnCuda } from '../../../src/engines/tensorflow/backends';
import { EngineUnavailableError } from '../../../src/engines/unavailable';

describe('the backends of TensorFlow', function () {
  this.timeout(30_000);

  for (const backend of [tensorflowOnCpu, tensorflowOnCuda]) {
    it(`${backend.device} opens, or says what is the matter and what mends it`, async () => {
      try {
        const engine = await backend.open({ threads: 2, precision: 'float32' });
        assert.deepEqual([engine.name, engine.device, engine.threads], ['tensorflow', backend.device, 2]);
      } catch (error) {
        assert.ok(error instanceof EngineUnavailableError, String(error));
        assert.equal(error.code, 'engine');
        assert.ok(error.message.startsWith(`engine tensorflow on ${backend.device} is ${error.state}: `));
        assert.match(error.remedy ?? '', /npm run setup:tensorflow|compute node/);
      }
    });
  }

  it('has no float16', async () => {
    await assert.rejects(tensorflowOnCuda.open({ threads: 1, precision: 'float16' }), {
      name: 'InvalidInputError',
      message: 'precision: expected float32 or tf32 with TensorFlow, got "float16"',
    });
  });
});
