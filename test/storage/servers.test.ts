import assert from 'node:assert/strict';
import { resolveInRoots } from '../../src/storage/roots';
import { isWebAddress, pathOnServer, resolveOnServers } from '../../src/storage/servers';

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
