// Gives @tensorflow/tfjs-node-gpu a native library. `npm run setup:tensorflow -- --help`
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rename, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';
import { run, runNode, stop } from './run.mjs';
import { BINDING, compileBinding, findCompiler, findHeaders } from './tensorflow/binding.mjs';
import { planLibrary, writeLibrary } from './tensorflow/library.mjs';
import { packageFolder } from './tensorflow/package.mjs';
import { replaceFolders } from './tensorflow/replace.mjs';

const HELP = `npm run setup:tensorflow [-- OPTIONS]

Installs @tensorflow/tfjs-node-gpu (about 280 MB) where it is not there, and builds its binding with the library of a current TensorFlow, out of its Python wheel.
Needs Linux, a C++ compiler and about 1 GB (with CUDA 5 GB); pip where no wheel is named.

  --wheel PATH     a wheel of tensorflow or tensorflow-cpu, or of one of NVIDIA's libraries; may be repeated
  --cuda           download TensorFlow for NVIDIA GPUs with CUDA's libraries (not tried on a GPU yet)
  --headers DIR    the folder with node_api.h, where Node.js did not bring it
  --official       run the package's own download instead (TensorFlow 2.9.1, for CUDA 11.2); Windows and macOS too`;

const PARTS = ['deps', 'lib'];
const temporary = [];

process.on('exit', removeTemporary);
process.once('SIGINT', () => process.exit(130));
try {
  await main(readOptions());
} catch (error) {
  stop(`setup:tensorflow: ${error.message}`);
}

async function main(options) {
  if (options.help) return console.log(HELP);
  const wheels = (options.wheel ?? []).map((wheel) => path.resolve(wheel));
  for (const wheel of wheels) if (!existsSync(wheel)) throw new Error(`${wheel} does not exist`);
  await ready();
  const root = await packageFolder();
  if (options.official) return replaceFolders(root, PARTS, () => downloadOfficial(root));
  if (process.platform !== 'linux') {
    throw new Error(`wheels are for Linux, this is ${process.platform}: try --official`);
  }
  const compiler = findCompiler();
  if (!compiler) throw new Error('no C++ compiler was found (CXX, c++, g++ or clang++); install g++, for instance');
  const headers = options.headers ?? findHeaders() ?? (await downloadHeaders());
  const plan = await planLibrary(wheels.length > 0 ? wheels : await downloadWheels(options.cuda ?? false));
  await needSpace(root, plan);
  const built = await buildFromWheels({ root, compiler, headers, plan });
  await replaceFolders(root, PARTS, async () => {
    for (const part of PARTS) await rename(path.join(built, part), path.join(root, part));
    await check();
  });
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      wheel: { type: 'string', multiple: true },
      cuda: { type: 'boolean' },
      headers: { type: 'string' },
      official: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  return values;
}

/** Makes dependencies and binding in a folder beside the package's own, so that they can be moved there. */
async function buildFromWheels({ root, compiler, headers, plan }) {
  const staging = await mkdtemp(path.join(root, '.setup-'));
  temporary.push(staging);
  console.log(`setup:tensorflow: taking TensorFlow out of ${new Set(plan.map(({ wheel }) => wheel)).size} wheel(s)`);
  await writeLibrary(plan, path.join(staging, 'deps'));
  console.log(`setup:tensorflow: building ${BINDING} with ${compiler}`);
  compileBinding({ compiler, headers, sources: path.join(root, 'binding'), root: staging });
  return staging;
}

async function downloadOfficial(root) {
  const bin = path.dirname(createRequire(path.join(root, 'package.json')).resolve('@mapbox/node-pre-gyp/package.json'));
  const env = {
    PATH: [path.join(bin, 'bin'), path.resolve(root, '../../.bin'), process.env.PATH].join(path.delimiter),
  };
  const kind = root.endsWith('tfjs-node') ? 'cpu' : 'gpu';
  const code = await runNode(path.join(root, 'scripts', 'install.js'), [kind, 'download'], { env, cwd: root });
  if (code !== 0) throw new Error(`the package's own download failed (exit code ${code})`);
  await check();
}

async function check() {
  const code = await runNode(inRoot('scripts', 'tensorflow', 'check.mjs'));
  if (code !== 0) throw new Error('the library was built, but does not work; everything is as it was before');
}

/** With CUDA's libraries where asked for: TensorFlow's wheel for Linux leaves them to NVIDIA's own. */
async function downloadWheels(cuda) {
  const folder = await temporaryFolder();
  const python = await firstThatRuns(['python3', 'python'], ['-m', 'pip', '--version']);
  if (!python)
    throw new Error('pip was not found to download a wheel with: install Python with pip, or name a --wheel');
  const wanted = cuda
    ? ['tensorflow[and-cuda]']
    : ['--no-deps', process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow'];
  const command = ['-m', 'pip', 'download', '--only-binary=:all:', '-d', folder, ...wanted];
  if ((await run(python, command)) !== 0) throw new Error(`pip could not download ${wanted.at(-1)}; see above`);
  const files = (await readdir(folder)).filter((file) => /^(tensorflow|nvidia)[\w.-]*\.whl$/.test(file));
  return files.map((file) => path.join(folder, file));
}

/** Of Node-API, which are the same for every Node.js. */
async function downloadHeaders() {
  const folder = await temporaryFolder();
  const command = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', 'node-api-headers@1'];
  const code = await run('npm', command);
  const headers = path.join(folder, 'node_modules', 'node-api-headers', 'include');
  if (code === 0 && existsSync(path.join(headers, 'node_api.h'))) return headers;
  throw new Error(
    'node_api.h was neither beside Node.js nor in the npm registry (node-api-headers): name --headers DIR',
  );
}

async function needSpace(root, plan) {
  const needed = plan.reduce((sum, { entry }) => sum + entry.size, 0) + 100e6;
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize >= needed) return;
  const [gigabytes, free] = [needed, bavail * bsize].map((bytes) => (bytes / 1e9).toFixed(1));
  throw new Error(`${root}: ${gigabytes} GB are needed, ${free} are free`);
}

async function firstThatRuns(programs, parameters) {
  for (const program of programs) {
    const code = await run(program, parameters).catch(() => 1);
    if (code === 0) return program;
  }
  return null;
}

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'setup-tensorflow-'));
  temporary.push(folder);
  return folder;
}

function removeTemporary() {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
}
