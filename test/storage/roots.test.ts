import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { toUri } from '../../src/storage/paths';
import { defaultRoots, isWebAddress, pathOnServer, resolveInRoots, resolveOnServers } from '../../src/storage/roots';

describe('resolveInRoots', () => {
  let folder: string;
  let root: string;
  let outside: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'roots-')));
    root = path.join(folder, 'root');
    outside = path.join(folder, 'outside');
    await mkdir(path.join(root, 'sub'), { recursive: true });
    await mkdir(outside);
    await writeFile(path.join(outside, 'secret.tif'), 'x');
    await writeFile(path.join(root, 'a.tif'), 'x');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const refused = (target: string, roots = [root]) =>
    assert.rejects(resolveInRoots(target, roots), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'not-allowed');
      assert.match(error.message, /outside the allowed folders/);
      return true;
    });

  it('gives the real path of files, of what is not there yet, and of URIs', async () => {
    assert.equal(await resolveInRoots(path.join(root, 'a.tif'), [root]), path.join(root, 'a.tif'));
    assert.equal(await resolveInRoots(root, [root]), root);
    assert.equal(await resolveInRoots(path.join(root, 'new', 'deep.tif'), [root]), path.join(root, 'new', 'deep.tif'));
    assert.equal(await resolveInRoots(toUri(path.join(root, 'a.tif')), [root]), path.join(root, 'a.tif'));
    assert.equal(
      await resolveInRoots(path.join(root, 'sub', '..', 'a.tif'), [outside, root]),
      path.join(root, 'a.tif'),
    );
  });

  it('refuses paths outside, naming path and roots', async () => {
    await refused(path.join(outside, 'secret.tif'));
    await refused(path.join(root, '..', 'outside', 'secret.tif'));
    await refused(`${root}-other/a.tif`);
    await refused(path.join(root, 'a.tif'), []);
    await assert.rejects(resolveInRoots(path.join(outside, 'secret.tif'), [root]), (error: Error) => {
      assert.ok(error.message.includes(path.join(outside, 'secret.tif')) && error.message.includes(root));
      return true;
    });
  });

  it('says with which line or command the folder is allowed, once for roots within each other', async () => {
    const file = path.join(outside, 'secret.tif');
    const inner = path.join(root, 'sub');
    await assert.rejects(resolveInRoots(file, [root, inner]), (error: Error & { details?: { folder?: string } }) => {
      assert.equal(error.details?.folder, outside);
      assert.ok(error.message.includes(`npm start -- --data ${outside};`), error.message);
      assert.ok(error.message.includes(`SEGMENTER_ROOTS=${outside};`), error.message);
      assert.ok(error.message.includes(`roots: ${JSON.stringify([root, outside])}`), error.message);
      return true;
    });
    await assert.rejects(resolveInRoots(outside, [root]), {
      details: { path: outside, roots: [root], folder: outside },
    });
  });

  it('takes ~ as the home', async () => {
    const home = await realpath(os.homedir());
    assert.equal(await resolveInRoots('~', [os.homedir()]), home);
    assert.equal(await resolveInRoots('~/nothing/here.tif', [os.homedir()]), path.join(home, 'nothing', 'here.tif'));
    await refused('~/here.tif');
    await refused('~other/here.tif');
  });

  it('refuses links that lead outside, on the way or at the end', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink(outside, path.join(root, 'door'));
    await symlink(path.join(outside, 'secret.tif'), path.join(root, 'link.tif'));
    await refused(path.join(root, 'link.tif'));
    await refused(path.join(root, 'door', 'secret.tif'));
    await refused(path.join(root, 'door', 'new.tif'));
  });

  it('refuses links to nothing and circles', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink(path.join(outside, 'not-yet.tif'), path.join(root, 'dangling.tif'));
    await symlink(path.join(root, 'two'), path.join(root, 'one'));
    await symlink(path.join(root, 'one'), path.join(root, 'two'));
    await refused(path.join(root, 'dangling.tif'));
    await refused(path.join(root, 'one', 'a.tif'));
  });

  it('follows links that stay inside, and a root that is a link itself', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink(path.join(root, 'a.tif'), path.join(root, 'inner.tif'));
    await symlink(root, path.join(folder, 'alias'));
    const alias = path.join(folder, 'alias');
    assert.equal(await resolveInRoots(path.join(root, 'inner.tif'), [root]), path.join(root, 'a.tif'));
    assert.equal(await resolveInRoots(path.join(alias, 'a.tif'), [alias]), path.join(root, 'a.tif'));
    assert.equal(await resolveInRoots(path.join(root, 'a.tif'), [alias]), path.join(root, 'a.tif'));
  });

  it('asks nothing of the disk for a path that lies in no root by its text', async function () {
    if (process.platform === 'win32') this.skip();
    // A link into a root from outside would have to be followed first.
    await symlink(root, path.join(folder, 'alias'));
    await refused(path.join(folder, 'alias', 'a.tif'));
  });

  it('takes a path in one root whatever is the matter with another', async () => {
    const roots = [path.join(folder, 'never-there'), root, '/proc/self/fd/999999'];
    assert.equal(await resolveInRoots(path.join(root, 'a.tif'), roots), path.join(root, 'a.tif'));
    await refused(path.join(outside, 'secret.tif'), roots);
  });

  it('has the home and the temporary folder as default roots', () => {
    assert.deepEqual(defaultRoots(), [os.homedir(), os.tmpdir()]);
  });
});

describe('the servers that may be read', () => {
  const servers = ['https://data.lab.example/plates/', 'http://127.0.0.1:8080', '/data'];

  it('an address is allowed below one of them, normalised', () => {
    for (const [given, resolved] of [
      ['https://data.lab.example/plates/a.zarr', 'https://data.lab.example/plates/a.zarr'],
      ['HTTPS://Data.Lab.Example:443/plates/x/../a%20b.zarr', 'https://data.lab.example/plates/a%20b.zarr'],
      ['https://data.lab.example/plates', 'https://data.lab.example/plates'],
      ['http://127.0.0.1:8080/any/where.zarr?key=1', 'http://127.0.0.1:8080/any/where.zarr?key=1'],
    ]) {
      assert.equal(resolveOnServers(given, servers), resolved);
    }
  });

  it('everything else is refused with the address and the setting', () => {
    for (const given of [
      'http://data.lab.example/plates/a.zarr',
      'https://data.lab.example:8443/plates/a.zarr',
      'https://data.lab.example/plates-secret/a.zarr',
      'https://data.lab.example/plates/../secret/a.zarr',
      'https://data.lab.example/plates/%2e%2e/secret/a.zarr',
      'https://data.lab.example/plates/..%2fsecret/a.zarr',
      'https://data.lab.example/plates/..%5Csecret/a.zarr',
      'https://data.lab.example/plates\\..\\secret',
      'https://data.lab.example.evil.example/plates/a.zarr',
      'https://user@data.lab.example/plates/a.zarr',
      'https://data.lab.example@evil.example/plates/a.zarr',
      'http://127.0.0.1/a.zarr',
      'http://169.254.169.254/latest',
      'http://',
    ]) {
      const message = /lies on no allowed server \(https:\/\/data.*\); add its address to segmenter\.servers/;
      assert.throws(() => resolveOnServers(given, servers), { code: 'not-allowed', message }, given);
    }
    assert.throws(() => resolveOnServers('http://a.example/b.zarr', ['/data']), { message: /\(none\)/ });
  });

  it('roots hold servers and folders, neither for the other', async () => {
    const url = 'https://data.lab.example/plates/a.zarr';
    assert.equal(await resolveInRoots(url, servers), url);
    await assert.rejects(resolveInRoots('/etc/passwd', servers), { message: /outside the allowed folders \(\/data\)/ });
  });

  it('an address as folder names', () => {
    assert.equal(pathOnServer('https://Data.lab.example:8080/a%20b//c%2.zarr/'), 'data.lab.example:8080/a b/c%2.zarr');
    assert.deepEqual(['http://a', 'HTTPS://a', 'file:///a', '/a', 'C:\\a'].map(isWebAddress), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
