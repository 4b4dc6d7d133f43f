import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { eventSource } from '../../nodes/load-image/event-source';

const MULTIPART = { 'content-type': 'multipart/form-data; boundary=x' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const HINT = /the body of the request: expected bytes as -F file=@image\.tif, or with the header 'Content-Type/;

const read = (msg: object) => eventSource(msg as NodeMessage);
const upload = (files: unknown, rest: object = {}) =>
  read({ payload: {}, req: { headers: MULTIPART, files }, ...rest });

describe('a file that comes over HTTP', () => {
  const file = { fieldname: 'file', originalname: Buffer.from('zölle.tiff').toString('latin1'), size: 3 };
  const bytes = Buffer.from('abc');

  it('is that of a form, under its name or that of the message', () => {
    assert.deepEqual(upload([{ ...file, buffer: bytes }]), { bytes, filename: 'zölle.tiff' });
    assert.deepEqual(upload([{ ...file, buffer: bytes }], { filename: 'a.tiff' }), { bytes, filename: 'a.tiff' });
    assert.deepEqual(upload([{ ...file, originalname: 'caf\u00E9.tiff', buffer: bytes }]), {
      ...{ bytes, filename: 'caf\u00E9.tiff' },
    });
    assert.deepEqual(upload([{ buffer: bytes }]), { bytes, filename: undefined });
  });

  it('is one, and not empty', () => {
    assert.throws(() => upload([file, file]), /the uploaded form: expected one file, got "2 files"/);
    assert.throws(() => upload([{ ...file, buffer: Buffer.alloc(0) }]), /a file that is not empty, got "zölle\.tiff"/);
  });

  it('is told how to be sent where Node-RED took it for something else, or left it', () => {
    const readWith = (type: string | undefined, payload: unknown) =>
      read({ payload, req: { headers: { 'content-length': '5', ...(type ? { 'content-type': type } : {}) } } });
    for (const files of [undefined, []])
      assert.throws(() => upload(files), /"Accept file uploads" to be set.*got "a form"/);
    assert.throws(() => readWith(MULTIPART['content-type'], bytes), /"Accept file uploads" to be set/);
    assert.throws(() => readWith(FORM['content-type'], { 'II*\0': '' }), HINT);
    assert.throws(() => readWith(undefined, 'II*\0'), HINT);
    for (const type of ['image/tiff', 'application/octet-stream', undefined]) {
      assert.throws(
        () => readWith(type, {}),
        /-F file=@image\.tif, or "Accept file uploads" not to be set.*got "bytes/,
      );
    }
    assert.throws(() => readWith('application/json', {}), /a path, Buffer or uploaded file in the message/);
    assert.deepEqual(readWith(FORM['content-type'], { path: '/a.tiff' }), { path: '/a.tiff' });
    assert.deepEqual(readWith(undefined, '/a.tiff'), { path: '/a.tiff' });
    for (const type of ['image/tiff', FORM['content-type']]) {
      assert.deepEqual(readWith(type, bytes), { bytes, filename: undefined });
    }
  });
});
