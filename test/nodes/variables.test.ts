import assert from 'node:assert/strict';
import { type EditorNodes, withFlowVariables } from '../../nodes/editor/variables';

/** How a variable is written in a text. */
const of = (name: string) => `\${${name}}`;

describe('variables in the editor', () => {
  const scopes = {
    flow: {
      env: [
        { name: 'DATA', type: 'str', value: '/flow' },
        { name: 'RAW', type: 'str', value: `${of('DATA')}/raw` },
      ],
    },
    inner: { id: 'inner', g: 'outer', env: [{ name: 'DATA', type: 'str', value: `${of('DATA')}/group` }] },
    outer: { id: 'outer', env: [{ name: 'COPY', type: 'env', value: 'DATA' }] },
  };
  const nodes: EditorNodes = {
    workspace: (id) => (id === 'flow' ? scopes.flow : null),
    subflow: (id) => (id === 'sub' ? { env: [{ name: 'DATA', type: 'str', value: '/subflow' }] } : null),
    group: (id) => (id === 'inner' ? scopes.inner : id === 'outer' ? scopes.outer : null),
    eachConfig: (visit) => {
      visit({ type: 'global-config', env: [{ name: 'SITE', type: 'str', value: '/site' }] });
      visit({ type: 'other', env: [{ name: 'HOME', type: 'str', value: '/never' }] });
    },
  };
  const put = (text: string, type = 'str', node: object = { z: 'flow' }) => withFlowVariables(text, type, node, nodes);

  it('are those of groups, flow and all flows, the nearest first', () => {
    assert.equal(put(`${of('RAW')}/a`), '/flow/raw/a');
    assert.equal(put(`${of('DATA')}-${of('SITE')}`, 'env'), '/flow-/site');
    assert.equal(put('RAW', 'env'), '/flow/raw');
    assert.equal(put('RAW'), 'RAW');
    assert.equal(put(`${of('DATA')}/a`, 'str', { z: 'sub' }), '/subflow/a');
    assert.equal(put(`${of('DATA')}`, 'str', { z: 'flow', g: 'inner' }), '/flow/group');
    assert.equal(put('COPY', 'env', { z: 'flow', g: 'inner' }), '/flow');
  });

  it('stay as they are where the editor knows none, or only how to work them out', () => {
    const flow = { env: [{ name: 'DATA', type: 'jsonata', value: '$env(1)' }] };
    const known = { ...nodes, workspace: () => flow };
    assert.equal(withFlowVariables(of('DATA'), 'str', { z: 'flow' }, known), of('DATA'));
    assert.equal(put(`${of('HOME')}/images`), `${of('HOME')}/images`);
    assert.equal(put('HOME', 'env'), `${of('HOME')}`);
    assert.equal(put('  ', 'env'), '');
  });
});
