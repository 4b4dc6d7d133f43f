import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { zipBytes } from './zip-bytes';

const SCRIPTS = path.resolve(__dirname, '../../../scripts');

interface Plan {
  target: string;
}
interface Scripts {
  listWheel(wheel: string): Promise<Array<{ name: string; size: number }>>;
  planLibrary(wheels: string[]): Promise<Plan[]>;
  writeLibrary(plan: Plan[], folder: string): Promise<void>;
  findCompiler(env: NodeJS.ProcessEnv): string | null;
  findHeaders(executable: string): string | null;
  compileBinding(parts: { compiler: string; headers: string; sources: string; root: string }): void;
  replaceFolders(root: string, names: string[], change: () => Promise<void>): Promise<void>;
  packageFolder(options: {
    of: string;
    install: (parameters: string[], folder: string) => Promise<number>;
  }): Promise<string>;
}

/** The scripts are plain modules of Node.js, which the compiler does not see. */
async function script<K extends keyof Scripts>(file: string, name: K): Promise<Scripts[K]> {
  const loaded: Scripts = await import(pathToFileURL(path.join(SCRIPTS, 'tensorflow', file)).href);
  return loaded[name];
}

describe('setup:tensorflow', function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-setup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function wheelOf(name: string, files: Record<string, string>): string {
    const wheel = path.join(folder, name);
    writeFileSync(wheel, zipBytes(files));
    return wheel;
  }
  const tensorflow = () =>
    wheelOf('tensorflow_cpu-2.21.0.whl', {
      'tensorflow/include/tensorflow/c/c_api.h': 'header of C',
      'tensorflow/include/xla/tsl/c/tsl_status.h': 'status',
      'tensorflow/include/Eigen/Core': 'not needed',
      'tensorflow/libtensorflow_cc.so.2': 'the library '.repeat(1000),
      'tensorflow/libtensorflow_framework.so.2': 'framework',
      'tensorflow/include/tensorflow/c/../../../../evil.h': 'outside',
      'tensorflow/python/x.py': 'python',
    });

  it('takes headers and libraries out of wheels, under the names that the linker looks for', async () => {
    const cuda = wheelOf('nvidia_cudnn.whl', { 'nvidia/cudnn/lib/libcudnn.so.9': 'cuDNN', 'nvidia/cudnn/x.py': '' });
    const [planLibrary, writeLibrary] = [
      await script('library.mjs', 'planLibrary'),
      await script('library.mjs', 'writeLibrary'),
    ];
    const target = path.join(folder, 'deps');
    await writeLibrary(await planLibrary([tensorflow(), cuda]), target);
    const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
    assert.deepEqual(files.map(({ name }) => name).sort(), [
      'c_api.h',
      'libcudnn.so.9',
      'libtensorflow.so',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
      'tsl_status.h',
    ]);
    assert.equal(readlinkSync(path.join(target, 'lib/libtensorflow.so')), 'libtensorflow_cc.so.2');
    assert.equal(readFileSync(path.join(target, 'lib/libtensorflow.so'), 'utf8'), 'the library '.repeat(1000));
    assert.equal(readFileSync(path.join(target, 'include/tensorflow/c/c_api.h'), 'utf8'), 'header of C');
  });

  it('refuses a wheel of something else, and files that are none', async () => {
    const planLibrary = await script('library.mjs', 'planLibrary');
    const other = wheelOf('numpy.whl', { 'numpy/core.py': 'x' });
    await assert.rejects(planLibrary([other]), /numpy.whl: expected a wheel of tensorflow or tensorflow-cpu 2.x/);
    const listWheel = await script('wheel.mjs', 'listWheel');
    const whole = readFileSync(tensorflow());
    const damaged = path.join(folder, 'damaged.whl');
    for (const bytes of [Buffer.alloc(0), Buffer.from('no zip'), whole.subarray(0, -30), whole.subarray(900)]) {
      writeFileSync(damaged, bytes);
      await assert.rejects(listWheel(damaged), /damaged.whl/);
    }
  });

  it('says where there is no compiler or no header, and what the compiler said', async () => {
    const findCompiler = await script('binding.mjs', 'findCompiler');
    assert.equal(findCompiler({ PATH: folder }), null);
    const findHeaders = await script('binding.mjs', 'findHeaders');
    assert.equal(findHeaders(path.join(folder, 'bin/node')), null);
    const headers = path.join(folder, 'include/node');
    mkdirSync(headers, { recursive: true });
    writeFileSync(path.join(headers, 'node_api.h'), '');
    assert.equal(findHeaders(path.join(folder, 'bin/node')), headers);
    const compileBinding = await script('binding.mjs', 'compileBinding');
    const parts = { compiler: path.join(folder, 'no-compiler'), headers, sources: folder, root: folder };
    assert.throws(() => compileBinding(parts), /no-compiler could not build the binding/);
  });

  it('puts folders back where a change fails, or where one was killed', async () => {
    const replaceFolders = await script('replace.mjs', 'replaceFolders');
    const file = path.join(folder, 'deps/known');
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'old');
    const fill = (text: string) => {
      mkdirSync(path.join(folder, 'deps'));
      mkdirSync(path.join(folder, 'lib'));
      writeFileSync(file, text);
    };
    const failing = async () => {
      fill('half');
      throw new Error('failed');
    };
    await assert.rejects(replaceFolders(folder, ['deps', 'lib'], failing), /failed/);
    assert.deepEqual(readdirSync(folder), ['deps']);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    // a process that was killed has set the folder aside and no more
    renameSync(path.join(folder, 'deps'), path.join(folder, '.before-deps'));
    await assert.rejects(replaceFolders(folder, ['deps', 'lib'], failing), /failed/);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    await replaceFolders(folder, ['deps', 'lib'], async () => fill('new'));
    assert.deepEqual(readdirSync(folder).sort(), ['deps', 'lib']);
    assert.equal(readFileSync(file, 'utf8'), 'new');
  });

  it('installs the package beside this one where it is not there, and says where that failed', async () => {
    const packageFolder = await script('package.mjs', 'packageFolder');
    const of = path.join(folder, 'node_modules/@segmenter/node-red-segmenter');
    const target = path.join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
    mkdirSync(of, { recursive: true });
    const calls: unknown[] = [];
    const install = (parameters: string[], where: string) => {
      calls.push([parameters.includes('--ignore-scripts'), parameters.at(-1)?.split('@^')[0], where]);
      if (calls.length === 1) return Promise.resolve(7);
      mkdirSync(target, { recursive: true });
      writeFileSync(path.join(target, 'package.json'), '{}');
      return Promise.resolve(0);
    };
    await assert.rejects(packageFolder({ of, install }), /could not install .* in .*exit code 7/);
    assert.equal(await packageFolder({ of, install }), target);
    assert.equal(await packageFolder({ of, install }), target);
    assert.deepEqual(calls, Array(2).fill([true, '@tensorflow/tfjs-node-gpu', folder]));
    const clone = mkdtempSync(path.join(tmpdir(), 'segmenter-clone-'));
    await assert.rejects(packageFolder({ of: clone, install }), /is not installed: npm install --ignore-scripts/);
    rmSync(clone, { recursive: true });
  });

  it('names a wheel that does not exist', () => {
    const script = path.join(SCRIPTS, 'setup-tensorflow.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--wheel', '/no/such.whl'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /setup:tensorflow: \/no\/such.whl does not exist/);
  });
});
