// Where the package lies that gets TensorFlow's library: a clone has it, an installed package gets it here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inRoot, root } from '../paths.mjs';
import { run } from '../run.mjs';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * Finds the package that gets the library; where there is none installs it beside this one, without its own download.
 * @param install runs npm with these parameters in a folder and gives its exit code
 */
export async function packageFolder({ of = root, install = npm } = {}) {
  const found = installed(of);
  if (found) return found;
  const [name] = PACKAGES;
  const user = userFolder(of);
  const range = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).peerDependencies[name];
  const command = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save', `${name}@${range}`];
  if (user === null) throw new Error(`${name} is not installed: npm ${command.join(' ')}`);
  console.log(`setup:tensorflow: installing ${name}, about 280 MB, in ${user}`);
  const code = await install(command, user);
  const added = code === 0 ? installed(of) : null;
  if (added === null) throw new Error(`npm could not install ${name} in ${user} (exit code ${code}); see above`);
  return added;
}

function installed(of) {
  const require = createRequire(path.join(of, 'package.json'));
  for (const name of PACKAGES) {
    try {
      return path.dirname(require.resolve(`${name}/package.json`));
    } catch {
      // the next one
    }
  }
  return null;
}

/** The folder whose `node_modules` holds this package, such as Node-RED's user folder; null of a clone. */
function userFolder(of) {
  const parts = of.split(path.sep);
  const at = parts.lastIndexOf('node_modules');
  return at < 0 ? null : parts.slice(0, at).join(path.sep);
}

function npm(parameters, cwd) {
  return run('npm', parameters, { cwd, shell: process.platform === 'win32' });
}
