import assert from 'node:assert/strict';
import type { InferenceSession } from 'onnxruntime-node';
import { runSession, type SessionSettings } from '../../../src/engines/onnx/session';
import { EngineUnavailableError } from '../../../src/engines/unavailable';

const ON_WEBGPU: SessionSettings = { threads: 1, provider: 'webgpu' };

/** A session whose runs fail with a message. */
function failing(message: string): InferenceSession {
  return { run: () => Promise.reject(new Error(message)) } as unknown as InferenceSession;
}

describe('a run that fails', () => {
  for (const message of ['WebGPU device lost (2): removed', 'Buffer was destroyed: [Device] is lost']) {
    it(`is a broken device where it is lost: ${message}`, async () => {
      await assert.rejects(runSession(failing(message), {}, ON_WEBGPU, 'training step 7'), (error) => {
        assert.ok(error instanceof EngineUnavailableError);
        assert.deepEqual([error.state, error.code], ['broken', 'engine']);
        assert.match(error.message, /onnx on webgpu is broken: training step 7: .*; start the work again/);
        return true;
      });
    });
  }

  it('is an engine error that names work and device otherwise', async () => {
    await assert.rejects(runSession(failing('Allocation size too large'), {}, ON_WEBGPU, 'training step 7'), {
      code: 'engine',
      message: 'training step 7 on webgpu: Allocation size too large',
    });
  });
});
