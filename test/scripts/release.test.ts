import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface Script {
  webAddress(remote: string): string | null;
  publishedManifest(manifest: object, address: string): Record<string, unknown>;
  obstacles(found: object): string[];
}

describe('the release', () => {
  let script: Script;
  before(async () => {
    const place = path.resolve(__dirname, '../../../scripts/release.mjs');
    script = (await import(pathToFileURL(place).href)) as Script;
  });

  it('reads the address of the repository from its remote, and takes nothing else for one', () => {
    const expected = 'https://forge.example.org/group/lab-nodes';
    for (const remote of [
      'https://forge.example.org/group/lab-nodes.git',
      'https://name:secret@forge.example.org/group/lab-nodes',
      'git@forge.example.org:group/lab-nodes.git',
      'ssh://git@forge.example.org:2222/group/lab-nodes.git',
      'git+https://forge.example.org/group/lab-nodes.git/',
    ]) {
      assert.equal(script.webAddress(remote), expected, remote);
    }
    for (const remote of [
      '',
      '/srv/git/lab-nodes.git',
      '../lab-nodes',
      'C:\\git\\lab-nodes',
      'file:///srv/git/lab-nodes',
    ])
      assert.equal(script.webAddress(remote), null, remote);
  });

  it('publishes a manifest with repository, bugs and homepage beside what it has', () => {
    const manifest = { name: 'a', dependencies: { c: '1' } };
    assert.deepEqual(script.publishedManifest(manifest, 'https://forge.example.org/a/b'), {
      name: 'a',
      dependencies: { c: '1' },
      homepage: 'https://forge.example.org/a/b#readme',
      repository: { type: 'git', url: 'git+https://forge.example.org/a/b.git' },
      bugs: { url: 'https://forge.example.org/a/b/issues' },
    });
  });

  it('is refused with every reason: changes, no tag, no address, no dated section', () => {
    const ready = {
      version: '1.2.0',
      tags: ['v1.2.0'],
      isClean: true,
      address: 'https://forge.example.org/a/b',
      changelog: '## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n',
    };
    assert.deepEqual(script.obstacles(ready), []);
    const changelog = '## [1.2.0] - unreleased\n## [102.0] - 2026-12-01';
    const found = script.obstacles({ ...ready, tags: ['v1.1.0'], isClean: false, address: null, changelog });
    assert.equal(found.length, 4);
    assert.match(
      found.join('\n'),
      /not committed.*no tag v1\.2\.0 \(tags: v1\.1\.0\).*"origin".*"## \[1\.2\.0\] - DATE"/s,
    );
  });
});
