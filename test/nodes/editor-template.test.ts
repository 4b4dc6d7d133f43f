import assert from 'node:assert/strict';
import type { EditorPage } from '../../nodes/editor/page';
import { templateOf } from '../../nodes/editor/template';
import { readPage } from './editor-page';
import { FakePage } from './fake-page';

const SCHEMAS = { side: { type: 'integer', default: 4 }, mode: { type: 'string', enum: ['', 'b'], default: '' } };
const TEXTS = {
  label: { name: 'Name', side: 'Side', mode: 'Mode' },
  hint: { name: 'A name', side: 'How long', mode: 'How' },
  option: { mode: { blank: 'none', b: 'B' } },
};
const page = (rows: EditorPage['rows']): EditorPage => ({ name: 'invented', color: '#FFFFFF', rows });
const ROWS = [{ name: 'side', icon: 'arrows-h' }, { name: 'mode' }];

describe('the dialogs of nodes', () => {
  it('have a row for each setting, with the field that its schema asks for', () => {
    const html = templateOf(page(ROWS), SCHEMAS, TEXTS);
    assert.match(
      html,
      /<div class="form-row segmenter-row segmenter-short">\s*<label for="node-input-side"><i class="fa fa-arrows-h"/,
    );
    assert.match(
      html,
      /<input type="text" inputmode="numeric" id="node-input-side" data-i18n="\[title\]hint\.side" \/>/,
    );
    assert.match(html, /<select id="node-input-mode"[^>]*>\s*<option value="" data-i18n="option\.mode\.blank">/);
    const config = { ...page(ROWS), color: undefined };
    assert.match(templateOf(config, SCHEMAS, TEXTS), /id="node-config-input-side"/);
  });

  it('are not made where a setting has no row or two, or a text is missing', () => {
    assert.throws(
      () => templateOf(page(ROWS.slice(1)), SCHEMAS, TEXTS),
      /expected one row for each setting, not so side/,
    );
    assert.throws(() => templateOf(page([...ROWS, ROWS[0]]), SCHEMAS, TEXTS), /not so side/);
    const { mode: _, ...hint } = TEXTS.hint;
    assert.throws(() => templateOf(page(ROWS), SCHEMAS, { ...TEXTS, hint }), /the catalogue has no text hint\.mode/);
    const option = { mode: { blank: 'none' } };
    assert.throws(() => templateOf(page(ROWS), SCHEMAS, { ...TEXTS, option }), /no text option\.mode\.b/);
  });

  const verdict = (name: string, property: string, value: unknown, others: object = {}) => {
    const { definition, node } = readPage(name);
    return definition.defaults[property].validate?.call({ ...node, ...others }, value, {});
  };

  it('judge what the library reads by the library: foreground, time points, names of models', () => {
    for (const text of ['', 'non-zero', 'Non-Zero', '2', '1, 3', '0, 5', '> 0.5', '<128', 'not 1', 'not 0, 255']) {
      for (const name of ['load-image', 'curate']) {
        assert.equal(verdict(name, 'foreground', text), true, text);
        assert.equal(verdict(name, 'unknown', text), true, text);
      }
    }
    for (const text of ['0,5', '> 1, 2', 'nonzero', 'not', '1,,2', '> ', 'red']) {
      for (const name of ['load-image', 'curate'])
        assert.match(String(verdict(name, 'foreground', text)), /^Expected/, text);
    }
    assert.equal(verdict('load-image', 'time', '0, 2, 5-8'), true);
    assert.match(String(verdict('load-image', 'time', '8-5')), /^Time points/);
    assert.equal(verdict('train', 'model', 'nuclei-2.1'), true);
    assert.match(String(verdict('train', 'model', '../nuclei')), /^A name of letters/);
    assert.equal(verdict('train', 'model', 'a/b', { modelType: 'msg' }), true);
  });

  it('judge a setting with regard to others where these decide', () => {
    assert.match(String(verdict('load-image', 'manifest', '/a.csv', { raw: '/b' })), /not both$/);
    assert.equal(verdict('load-image', 'manifest', '/a.csv', { raw: ' ' }), true);
    assert.match(String(verdict('threshold', 'value', 'payload', { valueType: 'num' })), /^A number/);
    assert.equal(verdict('threshold', 'value', 'payload', { valueType: 'msg' }), true);
    assert.equal(verdict('compute', 'threads', '1025'), 'A whole number from 0 to 1024 is expected');
  });

  it('show what a setting means that a flow of before does not have', () => {
    const fake = new FakePage({});
    const { definition, node } = readPage('load-image', fake.jQuery);
    const { pages: _, rawType: _type, ...old } = node;
    definition.oneditprepare?.call(old);
    assert.equal(fake.element('#node-input-pages').value, 'auto');
    assert.equal(fake.element('#node-input-rawType').value, 'str');
    assert.equal(fake.element('#node-input-time').value, '');
  });

  it('show a row only while it counts', () => {
    const shown = new Map<string, boolean>();
    const values: Record<string, unknown> = { '#node-input-sampling': 'grid' };
    const listeners: Array<() => void> = [];
    const element = (selector: string) => ({
      val: () => values[selector],
      on: (_event: string, listener: () => void) => listeners.push(listener),
      toggle: (is: boolean) => shown.set(selector, is),
    });
    readPage('patch', element);
    const rows = () => ['perImage', 'overlap'].map((name) => shown.get(`#node-input-row-${name}`));
    assert.deepEqual(rows(), [false, true]);
    values['#node-input-sampling'] = 'random';
    for (const listener of listeners) listener();
    assert.deepEqual(rows(), [true, false]);
  });

  it('show no row whose deciding row is not shown', () => {
    const shown = new Map<string, boolean>();
    const values: Record<string, unknown> = { '#node-input-image': 'labels', '#node-input-objects': 'all' };
    // Any other method of jQuery gives the same elements again.
    const element = (selector: string): object => {
      const known: Record<string, (...given: unknown[]) => unknown> = {
        val: (...given) => (given.length === 0 ? values[selector] : self),
        prop: () => false,
        toggle: (is) => shown.set(selector, is === true) && self,
      };
      const self: object = new Proxy({}, { get: (_, name) => known[String(name)] ?? (() => self) });
      return self;
    };
    const classRow = () => {
      readPage('save-image', element);
      return shown.get('#node-input-row-objectClass');
    };
    assert.equal(classRow(), true);
    values['#node-input-objects'] = 'rois';
    assert.equal(classRow(), false);
    Object.assign(values, { '#node-input-objects': 'all', '#node-input-image': 'mask' });
    assert.equal(classRow(), false);
  });
});
