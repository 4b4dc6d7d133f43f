import assert from 'node:assert/strict';
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describeImage, openImage, readAll } from '../../../src/formats';
import { HttpStore } from '../../../src/formats/zarr/http-store';
import { bytesOf } from '../../../src/image/dtype';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { multiscales, writeGroup, writeSharded, writeV2 } from './hand-made';

describe('OME-Zarr from a web server', () => {
  const folder = useTempFolder();
  const pixels = pattern('uint16', 3 * 8 * 10);
  let server: Server;
  let address = '';
  /** decides over a request instead of the files; false leaves it to them */
  let interfere: (url: string, response: ServerResponse) => boolean = () => false;
  let asked: string[] = [];

  before(async () => {
    const array = { shape: [3, 8, 10], dtype: 'uint16', bytes: bytesOf(pixels), absent: ([z]: number[]) => z === 2 };
    writeGroup(folder.file('plain µ #1.zarr'), 2, multiscales('zyx'));
    await writeV2(path.join(folder.file('plain µ #1.zarr'), '0'), { ...array, chunks: [1, 4, 5] });
    writeGroup(folder.file('sharded.zarr'), 3, { ome: { version: '0.5', ...multiscales('zyx') } });
    await writeSharded(path.join(folder.file('sharded.zarr'), '0'), { ...array, chunks: [1, 4, 5] }, [1, 8, 10]);
    server = createServer((request, response) => {
      const url = request.url ?? '';
      asked.push(url);
      if (interfere(url, response)) return;
      serveFile(folder.file(decodeURIComponent(url)), request.headers.range, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    interfere = () => false;
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const plain = () => `${address}/${encodeURIComponent('plain µ #1.zarr')}`;
  const truth = pixels.map((value, i) => (i < 160 ? value : 0));

  it('is read like a folder, absent chunks too; its description names the address', async () => {
    for (const url of [plain(), `${address}/sharded.zarr/`]) {
      const description = await describeImage(url, { id: 'a' });
      assert.equal(description.uri, url);
      assert.deepEqual((await readAll(description)).data, truth);
    }
    assert.ok(asked.every((url) => url.startsWith('/plain') || url.startsWith('/sharded')));
  });

  it('tries again what fails on the way, and says what the server answered', async () => {
    let failures = 2;
    interfere = (_, response) => failures-- > 0 && answer(response, 503);
    const store = new HttpStore(plain(), [1, 1, 1]);
    const metadata = await store.read('.zgroup', { maxBytes: 1000 });
    assert.match(Buffer.from(metadata ?? []).toString(), /zarr_format/);
    assert.equal(asked.length, 3);
    const answers = (status: number, headers = {}) => {
      interfere = (_, response) => answer(response, status, headers);
      return store.read('.zgroup', { maxBytes: 1000 });
    };
    await assert.rejects(answers(503), failure('not-found', /\.zgroup: status 503 Service Unavailable, after 4 tries/));
    await assert.rejects(answers(403), failure('not-allowed', /\.zgroup: the server answered status 403 Forbidden/));
    const elsewhere = answers(302, { location: 'http://169.254.169.254/secret' });
    await assert.rejects(elsewhere, failure('not-allowed', /leads to http:\/\/169\.254.* which is not followed/));
    assert.equal(await answers(404), undefined);
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const closed = new HttpStore(`http://127.0.0.1:${(gone.address() as AddressInfo).port}/a.zarr`, [1]);
    await new Promise((resolve) => gone.close(resolve));
    await assert.rejects(
      closed.read('zarr.json', { maxBytes: 1 }),
      failure('not-found', /ECONNREFUSED.*, after 2 tries/),
    );
  });

  it('takes no more bytes than are expected, and needs parts of files for shards', async () => {
    const store = new HttpStore(plain(), []);
    interfere = (_, response) => {
      response.writeHead(200);
      for (let i = 0; i < 100; i++) response.write(Buffer.alloc(1000));
      response.end();
      return true;
    };
    await assert.rejects(store.read('0/0/0/0', { maxBytes: 500 }), failure('corrupt-file', /expected at most 500/));
    interfere = (url, response) => url.includes('/c/') && answer(response, 200);
    const source = await openImage(`${address}/sharded.zarr`);
    await assert.rejects(source.read(wholeRegion([1, 1, 3, 8, 10])), failure('unsupported', /Range requests/));
  });

  it('ends when it is told to', async () => {
    const source = await openImage(plain());
    const controller = new AbortController();
    // A server that never answers.
    interfere = () => {
      controller.abort();
      return true;
    };
    const reading = source.read(wholeRegion([1, 1, 3, 8, 10]), { signal: controller.signal });
    await assert.rejects(reading, failure('cancelled', /reading was cancelled/));
  });
});

function answer(response: ServerResponse, status: number, headers = {}): true {
  response.writeHead(status, headers).end('an answer');
  return true;
}

/** A file, or the part of it that a Range header asks for. */
function serveFile(file: string, range: string | undefined, response: ServerResponse): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined) {
    createReadStream(file).pipe(response.writeHead(200));
    return;
  }
  const start = first === '' ? status.size - Number(last) : Number(first);
  const end = first === '' ? status.size - 1 : Number(last);
  createReadStream(file, { start, end }).pipe(response.writeHead(206));
}
