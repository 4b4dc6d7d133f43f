// Publishes the package of a tagged version to npm, with provenance where a workflow runs it. `node scripts/release.mjs [--dry-run]`
// What it needs is said by CONTRIBUTING.md; what is missing ends it before anything is sent.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';
import { stop } from './run.mjs';

/**
 * Gives the web address of a repository from that of its remote, in any of git's spellings.
 * @returns null for what is no address on a server, such as a folder
 */
export function webAddress(remote) {
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[a-z]{2,}):(?!\/\/)([\w./-]+?)(?:\.git)?\/?$/i.exec(remote);
  if (scp) return `https://${scp[1]}/${scp[2]}`;
  const url = /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]+@)?([\w.-]+)(?::\d+)?\/([\w./-]+?)(?:\.git)?\/?$/i.exec(
    remote,
  );
  return url?.[1].includes('.') ? `https://${url[1]}/${url[2]}` : null;
}

/** Gives the manifest as it is published: with where the source lies, and where errors are told, which its repository alone knows. */
export function publishedManifest(manifest, address) {
  return {
    ...manifest,
    homepage: `${address}#readme`,
    repository: { type: 'git', url: `git+${address}.git` },
    bugs: { url: `${address}/issues` },
  };
}

/** Says what stands in the way of publishing; empty: nothing. */
export function obstacles({ version, tags, isClean, address, changelog }) {
  const dated = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm');
  return [
    ...(isClean ? [] : ['there are changes that are not committed']),
    ...(tags.includes(`v${version}`) ? [] : [`the commit has no tag v${version} (tags: ${tags.join(', ') || 'none'})`]),
    ...(address ? [] : ['the remote "origin" is no address on a server, and npm and the flow library need one']),
    ...(dated.test(changelog) ? [] : [`CHANGELOG.md has no section "## [${version}] - DATE"`]),
  ];
}

function git(...parameters) {
  return execFileSync('git', parameters, { cwd: inRoot(), encoding: 'utf8' }).trim();
}

function remoteOf(name) {
  try {
    return git('remote', 'get-url', name);
  } catch {
    return '';
  }
}

async function release(isTrial) {
  const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const address = webAddress(remoteOf('origin'));
  const found = obstacles({
    version: manifest.version,
    tags: git('tag', '--points-at', 'HEAD').split('\n').filter(Boolean),
    isClean: git('status', '--porcelain') === '',
    address,
    changelog: readFileSync(inRoot('CHANGELOG.md'), 'utf8'),
  });
  if (found.length > 0) stop(`release: nothing was published:\n${found.map((each) => `- ${each}`).join('\n')}`);
  const { build } = await import('./build.mjs');
  await build();
  const folder = mkdtempSync(path.join(tmpdir(), 'segmenter-release-'));
  const npm = (...parameters) =>
    execFileSync('npm', parameters, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  try {
    const packed = npm('pack', inRoot(), '--silent', '--ignore-scripts').trim().split('\n').at(-1);
    execFileSync('tar', ['xzf', packed], { cwd: folder });
    const place = path.join(folder, 'package', 'package.json');
    writeFileSync(place, `${JSON.stringify(publishedManifest(manifest, address), null, 2)}\n`);
    const provenance = process.env.GITHUB_ACTIONS === 'true' ? ['--provenance'] : [];
    const trial = isTrial ? ['--dry-run'] : [];
    console.log(npm('publish', './package', '--access', 'public', '--ignore-scripts', ...provenance, ...trial));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await release(process.argv.includes('--dry-run'));
