import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TSchema } from '#typebox';
import { NODE_PAGES } from '../../nodes/editor/pages';
import { currentVersion } from '../../nodes/migrations';
import { type EditorPage, helpOf, readPage } from './editor-page';
import { catalogue, lookUp, NODES_FOLDER } from './run-node';
import { LONGEST_STATUS, longestStatus } from './status-values';

const SETTINGS = Object.fromEntries(NODE_PAGES.map(({ page, settings }) => [page.name, settings]));
const OUTPUTS: Record<string, number> = {
  ...{ train: 2, evaluate: 2, curate: 2, gate: 4, 'compare-models': 2 },
  ...{ positions: 2, enough: 2 },
};
const INPUTS: Record<string, number> = { events: 0 };
const STYLE_SHEET = readFileSync(path.join(NODES_FOLDER, '..', 'resources', 'editor.css'), 'utf8');
const RESERVED = ['id', 'type', 'wires', 'inputs', 'outputs'];

describe('the package', () => {
  it('registers every node under its own folder', () => {
    const manifest = JSON.parse(readFileSync(path.join(NODES_FOLDER, '..', 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string>; plugins: Record<string, string> };
    };
    const { nodes, plugins } = manifest['node-red'];
    assert.deepEqual(plugins, { 'segmenter-sidebar': 'dist/nodes/sidebar/sidebar.js' });
    // Whoever has a dialog is a node; other rooms may have a file of their name too.
    const folders = readdirSync(NODES_FOLDER).filter((name) =>
      ['editor.ts', `${name}.ts`].every((file) => existsSync(path.join(NODES_FOLDER, name, file))),
    );
    const expected = folders.map((name) => [`segmenter-${name}`, `dist/nodes/${name}/${name}.js`]);
    assert.deepEqual(new Map(Object.entries(nodes)), new Map(expected as Array<[string, string]>));
    assert.deepEqual(folders.sort(), Object.keys(SETTINGS).sort());
  });
});

for (const [name, schema] of Object.entries(SETTINGS)) {
  describe(`the editor page of ${name}`, () => {
    const isConfig = name === 'compute';
    const prefix = isConfig ? 'node-config-input' : 'node-input';
    const texts = catalogue(name);
    let page: EditorPage;
    before(() => {
      page = readPage(name);
    });

    it('states type, category, colour, icon, inputs and outputs as literals', () => {
      assert.equal(page.type, `segmenter-${name}`);
      assert.match(page.script, new RegExp(`registerType\\('segmenter-${name}', \\{`));
      assert.match(page.script, /category: '(segmentation|config)'/);
      assert.equal(page.definition.category, isConfig ? 'config' : 'segmentation');
      if (isConfig) return;
      assert.match(page.script, /color: '#[0-9A-F]{6}'/);
      assert.match(page.script, new RegExp(`inputs: ${INPUTS[name] ?? 1},`));
      assert.match(page.script, new RegExp(`outputs: ${OUTPUTS[name] ?? 1},`));
      assert.match(page.script, new RegExp(`icon: '${name}\\.svg'`));
    });

    it('has the properties and defaults that the node itself has', () => {
      const { name: ownName, version, ...defaults } = page.definition.defaults;
      assert.deepEqual(ownName, { value: '' });
      assert.equal(version.value, currentVersion(page.type));
      const plain = (value: unknown) => (typeof value === 'boolean' ? value : String(value ?? ''));
      const values = Object.entries(defaults).map(([key, { value }]) => [key, plain(value)]);
      const expected = Object.entries(schema.properties).map(([key, property]) => [key, plain(property.default)]);
      assert.deepEqual(Object.fromEntries(values), Object.fromEntries(expected));
      for (const key of Object.keys(defaults)) {
        assert.ok(key.length > 1 && !RESERVED.includes(key), `${key} is reserved`);
      }
      if ('compute' in defaults) assert.equal(defaults.compute.type, 'segmenter-compute');
    });

    it('has a field with a label and a title for every property', () => {
      for (const key of Object.keys(page.definition.defaults)) {
        if (key === 'version') continue;
        const fieldOf = (id: string) => new RegExp(`<(input|select)[^>]*\\bid="${id}"[^>]*>`).exec(page.template)?.[0];
        assert.ok(fieldOf(`${prefix}-${key}`), `no field for ${key}`);
        // The name of an image is chosen in a field of its own.
        const id = fieldOf(`${prefix}-choice-${key}`) ? `${prefix}-choice-${key}` : `${prefix}-${key}`;
        const field = fieldOf(id) ?? '';
        if (field.includes('type="hidden"')) continue;
        assert.ok(page.template.includes(`for="${id}"`), `no label for ${key}`);
        assert.match(field + (labelOf(page, prefix, key) ?? ''), new RegExp(`\\[title\\]hint\\.${key}\\b`));
      }
    });

    it('offers what the node accepts in selections and typed inputs', () => {
      for (const [key, property] of Object.entries(schema.properties) as Array<[string, TSchema]>) {
        const accepted: unknown = property.enum;
        if (!accepted) continue;
        const typedInput = page.typedInputs.get(key.replace(/Type$/, ''));
        if (key.endsWith('Type') && typedInput) {
          const offered = typedInput.types.map((type) => (typeof type === 'string' ? type : type.value));
          assert.deepEqual(offered, accepted, key);
          assert.equal(typedInput.typeField, `#${prefix}-${key}`);
          assert.equal(typedInput.default, property.default);
        } else {
          assert.deepEqual(optionsOf(page, prefix, key), accepted, key);
        }
      }
    });

    it('accepts its own defaults, or says what is missing', () => {
      const required: Record<string, string[]> = {
        train: ['model'],
        'save-image': ['folder'],
        curate: ['folder'],
        watch: ['folder'],
        'compare-models': ['model'],
      };
      for (const [key, { value, validate }] of Object.entries(page.definition.defaults)) {
        if (!validate) continue;
        assert.equal(validate.length, 2, `${key}: the editor takes a reason only from a validator with two parameters`);
        const verdict = validate.call(page.node, value, {});
        if (required[name]?.includes(key)) assert.equal(typeof verdict, 'string');
        else assert.equal(verdict, true, `${key}: ${String(verdict)}`);
      }
    });

    it('takes the default for what a flow of before a setting lacks', () => {
      const required: Record<string, string[]> = {
        train: ['model'],
        'save-image': ['folder'],
        curate: ['folder'],
        watch: ['folder'],
        'compare-models': ['model'],
      };
      for (const [key, { validate }] of Object.entries(page.definition.defaults)) {
        if (!validate || required[name]?.includes(key)) continue;
        assert.equal(validate.call({ ...page.node, [key]: undefined }, undefined, {}), true, key);
      }
    });

    it('says in words that a selection holds what it does not offer, and that the node is of a later version', () => {
      const { version, ...defaults } = page.definition.defaults;
      const reasonOf = (validate: typeof version.validate, value: unknown) => validate?.call(page.node, value, {});
      for (const [key, property] of Object.entries(schema.properties) as Array<[string, TSchema]>) {
        if (!property.enum || page.typedInputs.has(key.replace(/Type$/, ''))) continue;
        assert.equal(reasonOf(defaults[key].validate, 'nonsense'), 'One of the offered values is expected', key);
      }
      assert.match(String(reasonOf(version.validate, 99)), /later version/);
    });

    it('says in words why a number is wrong', () => {
      for (const [key, property] of Object.entries(schema.properties) as Array<[string, TSchema]>) {
        const types: unknown[] = [property.type].flat();
        if (!types.includes('integer') && !types.includes('number')) continue;
        const { validate } = page.definition.defaults[key];
        assert.ok(validate, `${key} has no validator`);
        for (const wrong of ['-1', 'many', ...(types.includes('null') ? [] : [''])]) {
          const reason: unknown = validate.call(page.node, wrong, {});
          assert.equal(typeof reason, 'string', `${key} accepts "${wrong}"`);
          assert.doesNotMatch(String(reason), /missing/);
        }
      }
    });

    it('takes an environment variable in place of any number, which a number field of the browser would lose', () => {
      assert.doesNotMatch(page.template, /type="number"/);
      for (const [key, { validate }] of Object.entries(page.definition.defaults)) {
        if (!validate || key === 'version') continue;
        assert.equal(validate.call(page.node, ['$', '{SEGMENTER_VALUE}'].join(''), {}), true, key);
      }
    });

    it('has a text for every key, and no key too many', () => {
      const used = [...page.template.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, keys]) =>
        keys.split(';').map((key) => key.replace(/^\[\w+\]/, '')),
      );
      for (const key of used) assert.ok(lookUp(texts, key), `no text ${key}`);
      for (const group of ['label', 'hint', 'option', 'placeholder', 'section']) {
        for (const key of keysBelow(texts[group], group)) assert.ok(used.includes(key), `${key} is not used`);
      }
      const { definition, node } = page;
      assert.doesNotMatch(definition.paletteLabel.call(node), /missing/);
      // The first node that the editor registers names the category for all.
      if (!isConfig) assert.equal(lookUp(texts, 'palette.label.segmentation'), 'segmentation');
      assert.equal(definition.label.call({ ...node, name: 'mine' }), 'mine');
      for (let i = 0; definition.outputLabels && i < (definition.outputs ?? 0); i++) {
        assert.doesNotMatch(definition.outputLabels.call(node, i), /missing/);
      }
    });

    it('keeps status texts short enough to stand below a node', () => {
      for (const key of keysBelow(texts.status, 'status')) {
        const text = longestStatus(key, lookUp(texts, key) ?? '');
        assert.ok(text.length <= LONGEST_STATUS, `${key}: "${text}" has ${text.length} characters`);
      }
    });

    it('has each text that the status of any node may need', () => {
      if (!texts.status) return;
      // A training stands for its whole sequence.
      const ofSequences = ['place', 'busyAt', 'doneAll_one', 'doneAll_other', 'doneFailed'];
      const common = ['started', 'busy', 'busyWaiting', 'done', 'failed', 'cancelled', 'waiting'];
      for (const key of [...common, ...(name === 'train' ? [] : ofSequences)]) {
        assert.ok(lookUp(texts, `status.${key}`), `no text status.${key}`);
      }
    });

    it('uses no colours of its own in the dialog, and styles but for the widths of Node-RED’s widgets', () => {
      const styles = [...page.template.matchAll(/style="([^"]*)"/g)].map(([, style]) => style);
      assert.deepEqual(
        styles.filter((style) => !/^width: calc\(100% - \d+px\)$/.test(style)),
        [],
      );
      assert.doesNotMatch(page.template + STYLE_SHEET, /#[0-9a-f]{3,6}\b|rgb\(|color:(?! var\(--red-ui-)/i);
    });

    it('uses classes that the style sheet has', () => {
      const used = [...page.template.matchAll(/class="([^"]*)"/g)].flatMap(([, classes]) => classes.split(' '));
      for (const name of used.filter((each) => each.startsWith('segmenter-'))) {
        assert.match(STYLE_SHEET, new RegExp(`\\.${name}[ .{]`), name);
      }
    });

    it('has help in the style of Node-RED', () => {
      const help = helpOf(name);
      assert.match(
        help,
        new RegExp(`^<script type="text/html" data-help-name="segmenter-${name}">\\s*<p>[A-Z][^<]{20,}\\.</p>`),
      );
      const headings = [...help.matchAll(/<h3>(\w+)<\/h3>/g)].map(([, heading]) => heading);
      assert.deepEqual(headings, isConfig ? ['Details'] : ['Inputs', 'Outputs', 'Details']);
      assert.doesNotMatch(help, /<\/?(b|i|em|strong|h1|h2)>/);
      assert.equal(
        help.match(/<(p|dl|dt|dd|ol|li|code|span)\b/g)?.length,
        help.match(/<\/(p|dl|dt|dd|ol|li|code|span)>/g)?.length,
      );
    });

    it('has an icon, white on transparent, 40 by 60', () => {
      const file = path.join(NODES_FOLDER, name, 'icons', `${name}.svg`);
      assert.ok(existsSync(file));
      const svg = readFileSync(file, 'utf8');
      assert.match(svg, /width="40" height="60" viewBox="0 0 40 60" fill="#fff"/);
      assert.doesNotMatch(svg, /<rect|(fill|stroke)="(?!#fff)/);
    });
  });
}

function labelOf(page: EditorPage, prefix: string, key: string): string | undefined {
  return new RegExp(`<label for="${prefix}-${key}"[^>]*>`).exec(page.template)?.[0];
}

function optionsOf(page: EditorPage, prefix: string, key: string): string[] {
  const select = new RegExp(`<select id="${prefix}-${key}"[\\s\\S]*?</select>`).exec(page.template)?.[0] ?? '';
  return [...select.matchAll(/<option value="([^"]*)"/g)].map(([, value]) => value);
}

function keysBelow(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [key];
  return Object.entries(value).flatMap(([name, inner]) => keysBelow(inner, `${key}.${name}`));
}
