import assert from 'node:assert/strict';
import { changesOfSettings } from '../../src/events/change';

describe('what a deploy changed', () => {
  const threshold = {
    id: 't',
    type: 'segmenter-threshold',
    name: 'cells',
    method: 'otsu',
    value: '',
    x: 1,
    y: 2,
    wires: [],
  };

  it('is each setting with what it was and is, but not where a node stands and what it is wired to', () => {
    const now = { ...threshold, method: 'value', value: '0.7', x: 300, wires: [['a']] };
    const node = { id: 't', type: 'segmenter-threshold', name: 'cells' };
    assert.deepEqual(changesOfSettings(new Map([['t', threshold]]), new Map([['t', now]])), [
      { what: 'settings', node, of: 'method', from: 'otsu', to: 'value' },
      { what: 'settings', node, of: 'value', from: '', to: '0.7' },
    ]);
  });

  it('is that nodes came and went, and nothing where nothing changed', () => {
    const [none, one] = [new Map(), new Map([['t', threshold]])];
    const node = { id: 't', type: 'segmenter-threshold', name: 'cells' };
    assert.deepEqual(changesOfSettings(none, one), [{ what: 'node-added', node }]);
    assert.deepEqual(changesOfSettings(one, none), [{ what: 'node-removed', node }]);
    assert.deepEqual(changesOfSettings(one, new Map([['t', { ...threshold }]])), []);
  });
});
