import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { evaluateText, evaluateTyped } from '../../nodes/typed-property';

describe('typed inputs', () => {
  let RED: NodeAPI;
  let node: Node;

  before(async () => {
    process.env.SEGMENTER_TEST_FOLDER = '/from/env';
    const place = { z: 'tab', x: 0, y: 0 };
    const keep = (api: NodeAPI) => {
      RED = api;
    };
    await helper.load(
      [keep],
      [
        { id: 'tab', type: 'tab' },
        { id: 'n', type: 'helper', ...place },
      ],
    );
    node = helper.getNode('n');
    node.context().flow.set('level', 0.3);
  });
  after(() => {
    delete process.env.SEGMENTER_TEST_FOLDER;
    return helper.unload();
  });

  const value = (text: string, type: string, msg: NodeMessage = {}) =>
    evaluateTyped(RED, node, { name: 'x', value: text, type }, msg);

  it('give text, numbers, JSON, message, flow, environment and JSONata values', async () => {
    assert.equal(await value('/data', 'str'), '/data');
    assert.equal(await value('0.5', 'num'), 0.5);
    assert.deepEqual(await value('[[1,2]]', 'json'), [[1, 2]]);
    assert.equal(await value('payload.id', 'msg', { payload: { id: 'a' } }), 'a');
    assert.equal(await value('level', 'flow'), 0.3);
    assert.equal(await value('SEGMENTER_TEST_FOLDER', 'env'), '/from/env');
    assert.equal(await value('payload & "/raw"', 'jsonata', { payload: '/data' }), '/data/raw');
  });

  it('give nothing where they are blank or their source is', async () => {
    assert.equal(await value('', 'str'), undefined);
    assert.equal(await value('payload.folder', 'msg', { payload: {} }), undefined);
    assert.equal(await value('payload', 'msg', {}), undefined);
    assert.equal(await value('nothing', 'global'), undefined);
  });

  it('refuse an environment variable that is not set, but take one that is blank', async () => {
    await assert.rejects(value('SEGMENTER_NOT_SET', 'env'), {
      code: 'invalid-input',
      message: 'x: expected an environment variable that is set (blank for nothing), got "SEGMENTER_NOT_SET"',
    });
    process.env.SEGMENTER_TEST_BLANK = '';
    assert.equal(await value('SEGMENTER_TEST_BLANK', 'env'), undefined);
    delete process.env.SEGMENTER_TEST_BLANK;
    assert.equal(await value('$' + '{SEGMENTER_TEST_FOLDER}/raw', 'env'), '/from/env/raw');
  });

  it('say what cannot be evaluated', async () => {
    await assert.rejects(value('{', 'json'), /x: expected a value of type json \(.*\), got "\{"/);
    await assert.rejects(value('$$$(', 'jsonata'), /x: expected a value of type jsonata/);
  });

  it('say in words what JSONata does not like', async () => {
    await assert.rejects(value('payload.(', 'jsonata'), (error: Error) => {
      assert.doesNotMatch(error.message, /object Object/);
      assert.match(
        error.message,
        /^x: expected a value of type jsonata \(Expected .* before end of expression\), got "payload\.\("$/,
      );
      return true;
    });
    await assert.rejects(value('$number("a")', 'jsonata'), (error: Error) => {
      assert.doesNotMatch(error.message, /object Object/);
      return /Unable to cast/.test(error.message);
    });
  });

  it('say which number was typed, and that a comma is none', async () => {
    await assert.rejects(value('0,5', 'num'), {
      code: 'invalid-input',
      message: 'x: expected a number with a point, not a comma (0.5), got "0,5"',
    });
    for (const typed of ['1e', 'half', '1 2', 'Infinity']) {
      await assert.rejects(value(typed, 'num'), { message: `x: expected a number such as 0.5, got "${typed}"` });
    }
    assert.equal(await value(' 1e-1 ', 'num'), 0.1);
    await assert.rejects(value('level', 'msg', { level: Number.NaN } as NodeMessage), {
      message: 'x (msg.level): expected a number such as 0.5, got NaN',
    });
  });

  it('refuse what is no text, naming its source', async () => {
    const property = { name: 'folder', value: 'payload', type: 'msg' };
    await assert.rejects(
      evaluateText(RED, node, property, { payload: 7 }),
      /folder \(msg\.payload\): expected text, got 7/,
    );
  });
});
