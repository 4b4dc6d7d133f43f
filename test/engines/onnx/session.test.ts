import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import Module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { onnxOnCuda } from '../../../src/engines/onnx/cuda';
import { runSession, type SessionSettings } from '../../../src/engines/onnx/session';
import { onnxOnWebGpu } from '../../../src/engines/onnx/webgpu';
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

describe('what ONNX Runtime leaves behind', () => {
  it('is nothing: no id, no database of events in the home of who uses it', () => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'segmenter-home-'));
    const inDist = (...parts: string[]) => JSON.stringify(path.resolve(__dirname, '../../../src', ...parts));
    // what it would write is there within the second after the first session
    const script = `
      const { createSession } = require(${inDist('engines', 'onnx', 'session.js')});
      const { buildPredictor, initialParameters } = require(${inDist('network', 'index.js')});
      const spec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
      createSession(buildPredictor(spec, initialParameters(spec, 1)), { threads: 1 })
        .then(() => setTimeout(() => process.exit(0), 1000));`;
    try {
      const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
      execFileSync(process.execPath, ['-e', script], { env: { ...env, HOME: home, TMPDIR: home } });
      assert.deepEqual(readdirSync(home), []);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('a machine that ONNX Runtime has no library for', () => {
  // As on a Mac with an Intel processor: the package is installed, its native module is not in it.
  const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  let failure: Error;
  beforeEach(() => {
    loader._load = (name, ...rest) => {
      if (name === 'onnxruntime-node') throw failure;
      return load(name, ...rest);
    };
  });
  afterEach(() => {
    loader._load = load;
  });

  for (const backend of [onnxOnCpu, onnxOnWebGpu, onnxOnCuda]) {
    it(`does not have ${backend.device}, and is told where it would be`, async () => {
      const missing = "Cannot find module '../bin/napi-v6/darwin/x64/onnxruntime_binding.node'";
      failure = Object.assign(new Error(`${missing}\nRequire stack:\n- somewhere`), { code: 'MODULE_NOT_FOUND' });
      await assert.rejects(backend.open({ threads: 1, precision: 'float32' }), (error) => {
        assert.ok(error instanceof EngineUnavailableError);
        assert.deepEqual([error.state, error.reason], ['absent', `onnxruntime-node could not be loaded: ${missing}`]);
        assert.match(error.remedy ?? '', /Apple silicon/);
        return true;
      });
      failure = new Error('Error relocating libonnxruntime.so.1: __vsnprintf_chk: symbol not found');
      await assert.rejects(backend.open({ threads: 1, precision: 'float32' }), { state: 'broken' });
    });
  }
});
