// Installs the packages of package-lock.json where they are missing or out of date. `node scripts/setup.mjs`
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';
import { run, runNode, stop } from './run.mjs';

const OLDEST_NODE = [20, 19];

/** Makes sure that the packages are there. Fails with a message a person can act on. */
export async function setup() {
  requireNode();
  const reason = whyInstall();
  if (!reason) return;
  console.log(`setup: ${reason}; running npm ci`);
  const code = await npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) stop(`setup: npm ci failed (exit code ${code}). It needs the npm registry; see the messages above.`);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  stop(`setup: Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
}

/** Why the packages have to be installed; null where they are as the lock file says. */
function whyInstall() {
  const wanted = packagesOf(inRoot('package-lock.json'));
  const present = packagesOf(inRoot('node_modules', '.package-lock.json'));
  if (!wanted) stop('setup: package-lock.json is missing or not readable; take it from the repository');
  if (!present) return 'the packages are not installed';
  for (const [place, { version, optional, extraneous }] of Object.entries(wanted)) {
    if (place === '' || optional || extraneous || present[place]?.version === version) continue;
    return `${place.replace(/^.*node_modules\//, '')} ${version} is not installed`;
  }
  return null;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * npm as the one that runs this script, else the one on the path. No package's install script is run: none is needed
 * here, and some would download native libraries.
 */
function npm(parameters) {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.c?js$/.test(cli)) return runNode(cli, parameters);
  return run('npm', parameters, { shell: process.platform === 'win32' });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await setup();
