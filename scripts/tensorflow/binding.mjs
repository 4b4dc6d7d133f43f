// Compiles the binding of tfjs-node, whose sources its package carries.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The version of Node-API that the package asks for from Node.js 12.19 on; its folder is named after it. */
const NODE_API = 8;
export const BINDING = path.join('lib', `napi-v${NODE_API}`, 'tfjs_binding.node');

/** The first C++ compiler that runs; null where there is none. */
export function findCompiler(env = process.env) {
  const candidates = [env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  return candidates.find((name) => spawnSync(name, ['--version'], { env, stdio: 'ignore' }).status === 0) ?? null;
}

/**
 * The folder with node_api.h of this Node.js: beside its program, as installers and archives leave it.
 * @returns null where it is not there
 */
export function findHeaders(executable = process.execPath) {
  const folder = path.resolve(path.dirname(executable), '..', 'include', 'node');
  return existsSync(path.join(folder, 'node_api.h')) ? folder : null;
}

/**
 * Compiles and links, so that the binding finds TensorFlow's library in `../../deps/lib` from where it lies.
 * @param {{ compiler: string, headers: string, sources: string, root: string }} parts `root` holds `deps` and gets `lib`
 * @throws Error with the end of what the compiler said
 */
export function compileBinding({ compiler, headers, sources, root }) {
  const deps = path.join(root, 'deps');
  const target = path.join(root, BINDING);
  mkdirSync(path.dirname(target), { recursive: true });
  const result = spawnSync(
    compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${NODE_API}`],
      ...['-I', path.join(deps, 'include'), '-I', headers],
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(sources, file)),
      ...['-o', target, `-L${path.join(deps, 'lib')}`, '-ltensorflow', '-ltensorflow_framework'],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    { encoding: 'utf8' },
  );
  if (result.status === 0) return;
  const said = result.error?.message ?? result.stderr.split('\n').slice(-15).join('\n');
  throw new Error(`${compiler} could not build the binding:\n${said}`);
}
