import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import util from 'node:util';
import { loadTensorFlow } from '../../../src/engines/tensorflow/load';

describe('loading TensorFlow', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-tensorflow-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A package whose main file is this code. */
  function install(name: string, code: string): void {
    const place = path.join(folder, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }));
    writeFileSync(path.join(place, 'index.js'), code);
  }
  const load = () => loadTensorFlow(path.join(folder, 'here.js'));

  it('says that it is absent, and what to install', () => {
    assert.deepEqual(load(), {
      state: 'absent',
      reason: 'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed',
      remedy: 'npm run setup:tensorflow installs it and builds its library (see docs/hardware.md)',
    });
  });

  it('says that it is absent where the native binding was never built, and how to build it', () => {
    const message = 'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/y.node.';
    install('@tensorflow/tfjs-node-gpu', `throw new Error(${JSON.stringify(`${message} \nPlease run command`)})`);
    const loaded = load();
    assert.ok(loaded.state === 'absent');
    assert.equal(loaded.reason, '@tensorflow/tfjs-node-gpu is installed, but its native library is missing');
    assert.match(loaded.remedy, /^npm run setup:tensorflow /);
  });

  it('says that it is broken where the system cannot load the library, with its reason', () => {
    const message = 'libtensorflow.so.2: cannot open shared object file: No such file or directory';
    install('@tensorflow/tfjs-node-gpu', `throw Object.assign(new Error('${message}'), { code: 'ERR_DLOPEN_FAILED' })`);
    const loaded = load();
    assert.ok(loaded.state === 'broken');
    assert.match(loaded.reason, /could not be loaded: libtensorflow.so.2: cannot open shared object file/);
  });

  it('takes the package for the CPU where that one works', () => {
    install('@tensorflow/tfjs-node-gpu', `throw new Error('broken')`);
    install('@tensorflow/tfjs-node', `exports.backend = () => ({ isUsingGpuDevice: false })`);
    const loaded = load();
    assert.ok(loaded.state === 'working');
    assert.equal(loaded.packageName, '@tensorflow/tfjs-node');
    assert.equal(loaded.tf.backend().isUsingGpuDevice, false);
  });

  it('prefers the package that the project asks for', () => {
    install('@tensorflow/tfjs-node-gpu', `exports.backend = () => ({ isUsingGpuDevice: true })`);
    install('@tensorflow/tfjs-node', `throw new Error('not asked for')`);
    const loaded = load();
    assert.ok(loaded.state === 'working');
    assert.equal(loaded.packageName, '@tensorflow/tfjs-node-gpu');
  });

  it('brings back what newer versions of Node.js no longer have, and keeps the package from warning', () => {
    install('@tensorflow/tfjs-node-gpu', `exports.silent = process.noDeprecation; exports.util = require('util')`);
    const before = process.noDeprecation;
    const loaded = load();
    assert.ok(loaded.state === 'working');
    const exported = loaded.tf as unknown as { silent: boolean; util: Record<string, (value: unknown) => boolean> };
    assert.equal(exported.silent, true);
    assert.equal(process.noDeprecation, before);
    assert.equal(exported.util, util);
    assert.deepEqual([null, undefined, 0, ''].map(exported.util.isNullOrUndefined), [true, true, false, false]);
    assert.deepEqual([[], {}].map(exported.util.isArray), [true, false]);
  });
});
