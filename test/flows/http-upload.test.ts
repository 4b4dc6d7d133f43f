import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { createImageWriter } from '../../src/formats';
import { useNodeRed } from './support/fixture';

/** What Node-RED's own limit of 5 MB would refuse. */
const LARGE: [number, number] = [2000, 2000];

const FLOW = [
  { id: 'tab', type: 'tab', label: 'upload' },
  { id: 'in', type: 'http in', z: 'tab', url: '/look', method: 'post', upload: true, wires: [['load']] },
  { id: 'plain', type: 'http in', z: 'tab', url: '/plain', method: 'post', upload: false, wires: [['load']] },
  { id: 'load', type: 'segmenter-load-image', z: 'tab', raw: '', wires: [['answer']] },
  { id: 'answer', type: 'http response', z: 'tab', wires: [] },
];

interface Answer {
  id: string;
  raw?: { shape: number[] };
  failed?: { error: { code: string; message: string } };
}

describe('an image sent with curl', () => {
  const fixture = useNodeRed();
  let large: string;

  before(async function () {
    this.timeout(60_000);
    if (spawnSync('curl', ['--version']).error) {
      console.log('      skipped: there is no curl');
      return this.skip();
    }
    large = path.join(fixture.samples, 'large.tiff');
    const info = {
      shape: [1, 1, 1, ...LARGE],
      dtype: 'uint16',
      channels: [{ index: 0, name: 'c' }],
      pixelSize: null,
    } as const;
    const writer = await createImageWriter(
      large,
      { ...info, shape: [...info.shape], channels: [...info.channels], compression: 'none' },
      'tiff',
    );
    await writer.write(new Uint16Array(LARGE[0] * LARGE[1]));
    await writer.finish();
    assert.ok(statSync(large).size > 5 << 20);
    await fixture.host.deploy(FLOW);
  });

  const curl = (where: string, ...options: string[]): SpawnSyncReturns<string> =>
    spawnSync('curl', ['-s', '-w', '\n%{http_code}', ...options, fixture.host.url + where], { encoding: 'utf8' });
  const answerOf = ({ stdout }: SpawnSyncReturns<string>): Answer => {
    const [body, status] = stdout.split('\n');
    assert.equal(status, '200', body);
    return JSON.parse(body) as Answer;
  };

  it('is taken as a file of a form, however large', () => {
    const { id, raw } = answerOf(curl('look', '-F', `file=@${large}`));
    assert.deepEqual([id, raw?.shape], ['large', [1, 1, 1, ...LARGE]]);
  });

  it('is taken as bytes with a header that says so, however large', () => {
    for (const type of ['image/tiff', 'application/octet-stream']) {
      const { raw } = answerOf(curl('plain', '--data-binary', `@${large}`, '-H', `Content-Type: ${type}`));
      assert.deepEqual(raw?.shape, [1, 1, 1, ...LARGE]);
    }
  });

  it('is told how to be sent where Node-RED would read it as something else', () => {
    const small = path.join(fixture.samples, 'nuclei2d/test/raw/nuclei_09.ome.tiff');
    const whyNot = (...request: [string, ...string[]]) => answerOf(curl(...request)).failed?.error.message ?? '';
    assert.match(whyNot('look', '--data-binary', `@${small}`), /the body of the request: expected bytes as -F file=/);
    assert.match(whyNot('plain', '-F', `file=@${small}`), /"Accept file uploads" to be set in "http in", got "a form"/);
    const bytes = ['--data-binary', `@${small}`, '-H', 'Content-Type: image/tiff'];
    assert.match(whyNot('look', ...bytes), /"Accept file uploads" not to be set.*got "bytes \(image\/tiff\)"/);
  });
});
