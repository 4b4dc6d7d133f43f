import assert from 'node:assert/strict';
import { actionOf, KEYMAP } from '../../../pages/curate/logic/keymap';
import { filtered, firstToDo, neighbour, progressOf } from '../../../pages/curate/logic/queue-model';
import { editorPath, editorToken } from '../../../pages/shared/logic/editor-token';
import { visibleRows } from '../../../pages/shared/logic/visible-rows';
import type { QueueItem } from '../../../src/curation/page-api';

const item = (id: string, state: QueueItem['state'], warnings = 0): QueueItem => ({
  id,
  state,
  reason: null,
  by: null,
  revision: 0,
  errors: 0,
  warnings,
});
const ITEMS = [item('A/1', 'used'), item('A/2', 'undecided'), item('B/1', 'rejected', 2), item('B/2', 'undecided')];
const ids = (items: QueueItem[]) => items.map(({ id }) => id);

describe('the queue', () => {
  it('is filtered by state, findings and text, and counted', () => {
    assert.deepEqual(ids(filtered(ITEMS, 'undecided', '')), ['A/2', 'B/2']);
    assert.deepEqual(ids(filtered(ITEMS, 'findings', '')), ['B/1']);
    assert.deepEqual(ids(filtered(ITEMS, 'all', ' b/ ')), ['B/1', 'B/2']);
    assert.deepEqual(progressOf(ITEMS), { total: 4, used: 1, rejected: 1, undecided: 2 });
  });

  it('goes on from an image that the filter no longer shows', () => {
    const shown = filtered(ITEMS, 'undecided', '');
    assert.equal(neighbour(ITEMS, shown, 'B/1', 1)?.id, 'B/2');
    assert.equal(neighbour(ITEMS, shown, 'B/1', -1)?.id, 'A/2');
    assert.equal(neighbour(ITEMS, shown, 'B/2', 1), null);
    assert.equal(firstToDo(ITEMS)?.id, 'A/2');
    assert.equal(firstToDo([ITEMS[2]])?.id, 'B/1');
    assert.equal(firstToDo([]), null);
  });

  it('draws the rows in sight only', () => {
    assert.deepEqual(visibleRows(2000, 40, 0, 600), [0, 21]);
    assert.deepEqual(visibleRows(2000, 40, 40_000, 600), [994, 1021]);
    assert.deepEqual(visibleRows(3, 40, 0, 600), [0, 3]);
    assert.deepEqual(visibleRows(0, 40, 900, 600), [0, 0]);
  });
});

describe('the editor’s token', () => {
  const storage = (entries: Record<string, string>) => ({ getItem: (key: string) => entries[key] ?? null });

  it('lies under a key with the editor’s path', () => {
    const page = '/lab/red/segmenter/curate/node1/';
    assert.equal(editorPath(page), '/lab/red/');
    assert.equal(editorPath('/segmenter/curate/node1/'), '/');
    const stored = { 'auth-tokens': '{"access_token":"root"}', 'auth-tokens-lab-red': '{"access_token":"sub"}' };
    assert.equal(editorToken(storage(stored), page), 'sub');
    assert.equal(editorToken(storage(stored), '/segmenter/curate/node1/'), 'root');
  });

  it('is null where there is none, or none that can be read', () => {
    assert.equal(editorToken(storage({}), '/segmenter/curate/node1/'), null);
    assert.equal(editorToken(storage({ 'auth-tokens': 'null' }), '/segmenter/curate/n/'), null);
    assert.equal(editorToken(storage({ 'auth-tokens': '{broken' }), '/segmenter/curate/n/'), null);
  });
});

describe('the keys', () => {
  const press = (key: string, mods: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) =>
    actionOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...mods });

  it('do one thing each', () => {
    const keys = KEYMAP.flatMap(({ bindings }) => bindings.flatMap((binding) => binding.keys));
    assert.equal(new Set(keys).size, keys.length);
    const actions = KEYMAP.flatMap(({ bindings }) => bindings.map(({ action }) => action));
    assert.equal(new Set(actions).size, actions.length);
  });

  it('are known with control, command, shift and caps lock', () => {
    assert.equal(press('u'), 'use');
    assert.equal(press('U'), 'use');
    assert.equal(press('U', { shiftKey: true }), 'undecide');
    assert.equal(press('z', { ctrlKey: true }), 'undo');
    assert.equal(press('z', { metaKey: true }), 'undo');
    assert.equal(press('Z', { ctrlKey: true, shiftKey: true }), 'redo');
    assert.equal(press('?', { shiftKey: true }), 'help');
    assert.equal(press(' '), 'place');
    assert.equal(press('c', { ctrlKey: true }), null);
    assert.equal(press('u', { altKey: true }), null);
  });
});
