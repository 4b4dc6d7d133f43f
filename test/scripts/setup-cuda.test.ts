import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const SCRIPT = path.resolve(__dirname, '../../../scripts/setup-cuda.mjs');
const RUNTIME = createRequire(require.resolve('onnxruntime-node/package.json'));
const { version } = RUNTIME('./package.json') as { version: string };
const ID = 'microsoft.ml.onnxruntime.gpu.linux';
const INSIDE = 'runtimes/linux-x64/native/';
const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

type Archive = { addFile(name: string, content: Buffer): void; toBuffer(): Buffer };

/** A package as NuGet's, with libraries of a few bytes. */
function packageOf(contents: Record<string, string>): Buffer {
  const Zip = RUNTIME('adm-zip') as new () => Archive;
  const zip = new Zip();
  for (const [name, content] of Object.entries(contents)) zip.addFile(INSIDE + name, Buffer.from(content, 'latin1'));
  return zip.toBuffer();
}

const SOUND = packageOf(Object.fromEntries(LIBRARIES.map((name) => [name, `\x7fELF ${name}`])));

/** A NuGet feed with one package; `hash` is what it says of it. */
async function serve(content: Buffer, hash: string): Promise<Server> {
  const server = createServer((request, response) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const answers: Record<string, unknown> = {
      '/index.json': {
        resources: [
          { '@id': `${base}flat/`, '@type': 'PackageBaseAddress/3.0.0' },
          { '@id': `${base}registration`, '@type': 'RegistrationsBaseUrl/3.6.0' },
        ],
      },
      [`/registration/${ID}/${version}.json`]: { catalogEntry: `${base}entry.json` },
      '/entry.json': { packageHash: hash, packageHashAlgorithm: 'SHA512' },
    };
    if (request.url === `/flat/${ID}/${version}/${ID}.${version}.nupkg`) response.end(content);
    else if (answers[request.url ?? '']) response.end(JSON.stringify(answers[request.url ?? '']));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('npm run setup:cuda', function () {
  this.timeout(60_000);
  let folder: string;
  let into: string;
  let server: Server | null = null;
  before(function () {
    if (process.platform === 'linux' && process.arch === 'x64') return;
    console.log(`      skipped: ONNX Runtime has no CUDA on ${process.platform} on ${process.arch}`);
    this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'setup-cuda-test-'));
    into = mkdtempSync(path.join(folder, 'into-'));
  });
  afterEach(() => {
    server?.close();
    server = null;
    rmSync(folder, { recursive: true });
  });

  const run = (...parameters: string[]) => runScript(SCRIPT, ...parameters);
  const runScript = (script: string, ...parameters: string[]) =>
    promisify(execFile)(process.execPath, [script, '--into', into, ...parameters]).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, output: error.stderr }),
    );
  const feedOf = async (content: Buffer, hash: string) => {
    server = await serve(content, hash);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.json`;
  };
  const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('base64');

  it('downloads the package, checks it, installs both libraries and says what else is needed', async () => {
    const { code, output } = await run('--feed', await feedOf(SOUND, sha512(SOUND)));
    assert.equal(code, 0, output);
    assert.deepEqual(readdirSync(into).sort(), LIBRARIES);
    for (const name of LIBRARIES) assert.equal(readFileSync(path.join(into, name), 'latin1'), `\x7fELF ${name}`);
    assert.match(output, /also needs NVIDIA's driver, the CUDA 12 runtime .* and cuDNN 9/);
  });

  it('takes a package that was downloaded elsewhere', async () => {
    const file = path.join(folder, 'some.nupkg');
    writeFileSync(file, SOUND);
    assert.equal((await run('--package', file)).code, 0);
    assert.deepEqual(readdirSync(into).sort(), LIBRARIES);
  });

  it('runs from a package that npm installed, which has no sources and has its dependencies beside it', async () => {
    const project = path.resolve(SCRIPT, '../..');
    const { files } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as { files: string[] };
    const installed = path.join(folder, 'node_modules', 'some-package');
    for (const file of ['package.json', ...files.filter((name) => name.startsWith('scripts/'))]) {
      cpSync(path.join(project, file), path.join(installed, file), { recursive: true });
    }
    const runtime = path.dirname(require.resolve('onnxruntime-node/package.json'));
    symlinkSync(runtime, path.join(folder, 'node_modules', 'onnxruntime-node'), 'dir');
    const file = path.join(folder, 'some.nupkg');
    writeFileSync(file, SOUND);
    const script = path.join(installed, 'scripts', 'setup-cuda.mjs');
    const { code, output } = await runScript(script, '--package', file);
    assert.equal(code, 0, output);
    assert.deepEqual(readdirSync(into).sort(), LIBRARIES);
  });

  const refused: Record<string, { content: Buffer; hash?: string; message: RegExp }> = {
    'what has another hash than the feed says': {
      content: SOUND,
      hash: 'x',
      message: /has not the SHA-512 of the feed/,
    },
    'a package that lacks a library': {
      content: packageOf({ [LIBRARIES[0]]: '\x7fELF' }),
      message: /expected runtimes\/linux-x64\/native\/libonnxruntime_providers_shared.so in it/,
    },
    'a library that is none': {
      content: packageOf({ [LIBRARIES[0]]: 'MZ', [LIBRARIES[1]]: '\x7fELF' }),
      message: /providers_cuda.so: expected a library for Linux/,
    },
    'what is no package': { content: Buffer.from('<html>'), message: /is no NuGet package/ },
  };
  for (const [what, { content, hash, message }] of Object.entries(refused)) {
    it(`installs nothing of ${what}`, async () => {
      const { code, output } = await run('--feed', await feedOf(content, hash ?? sha512(content)));
      assert.equal(code, 1);
      assert.match(output, message);
      assert.match(output, /nothing was installed/);
      assert.deepEqual(readdirSync(into), []);
    });
  }

  it('says so where the feed is not reachable or has no such package', async () => {
    const feed = await feedOf(SOUND, sha512(SOUND));
    const missing = await run('--feed', feed.replace('index.json', 'other.json'));
    assert.match(missing.output, /expected the package feed, got HTTP status 404; nothing was installed/);
    server?.close();
    const gone = await run('--feed', 'http://127.0.0.1:9/index.json');
    assert.equal(gone.code, 1);
    assert.match(gone.output, /http:\/\/127.0.0.1:9\/index.json is not reachable \(.+\); nothing was installed/);
  });

  it('refuses parameters that it does not know', async () => {
    const { code, output } = await run('--version', '1.0');
    assert.equal(code, 1);
    assert.match(output, /expected --package FILE, --feed URL or --into FOLDER/);
  });
});
