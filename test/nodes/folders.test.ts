import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { serveFolders, withVariables } from '../../nodes/admin/folders';

import loadImage = require('../../nodes/load-image/load-image');

import { SegmenterError } from '../../src/base/errors';
import type { FolderView } from '../../src/samples/listing/folder-view';
import { FakeHost } from './fake-host';
import { startFlow, stopFlow } from './run-node';

const VIEW: FolderView = {
  path: '/data',
  parent: null,
  selected: null,
  missing: null,
  entries: [],
  total: 0,
  isAll: true,
  refused: 0,
};

const variable = (name: string) => `\${${name}}`;

describe('the folders that the editor is shown', () => {
  const serve = (RED: NodeAPI) => {
    serveFolders(RED);
    loadImage(RED);
  };
  const ask = (query: Record<string, string>) =>
    helper.request().get(`/segmenter/folders?${new URLSearchParams(query)}`);
  afterEach(async () => {
    delete process.env.FOLDERS_TEST;
    await stopFlow();
  });

  it('are asked of a worker, with variables of the process, and told to the own site only', async () => {
    const host = new FakeHost().on('browse-folder', () => VIEW);
    await startFlow({ file: serve, type: 'segmenter-load-image', access: host.access() });
    process.env.FOLDERS_TEST = '/data';
    const answer = await ask({ path: `${variable('FOLDERS_TEST')}/a`, of: 'images' });
    assert.deepEqual(answer.body, VIEW);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    assert.equal((await ask({ of: 'folders', filter: 'x' })).status, 200);
    assert.deepEqual(host.inputs('browse-folder'), [
      { path: '/data/a', of: 'images', filter: '' },
      { path: null, of: 'folders', filter: 'x' },
    ]);
    assert.equal((await ask({ of: 'all' })).status, 400);
    const unset = await ask({ path: variable('FOLDERS_UNSET'), of: 'images' });
    assert.match((unset.body as { message: string }).message, /FOLDERS_UNSET is not/);
  });

  it('do not tell what a variable holds that names nothing one may see', async () => {
    process.env.FOLDERS_TEST = 'hidden-value';
    const refuse = (place: string) => Promise.reject(new SegmenterError('not-allowed', `${place} lies outside`));
    await assert.rejects(withVariables(`${variable('FOLDERS_TEST')}/a`, refuse), (error: SegmenterError) => {
      assert.doesNotMatch(JSON.stringify(error.toRecord()), /hidden-value/);
      return error.code === 'not-allowed' && error.message.startsWith(`${variable('FOLDERS_TEST')}/a lies outside`);
    });
    await assert.rejects(withVariables('/etc', refuse), /^SegmenterError: \/etc lies outside$/);
  });
});
