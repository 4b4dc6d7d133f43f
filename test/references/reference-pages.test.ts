import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_PAGES } from '../../nodes/editor/pages';
import { ImageDescriptionSchema } from '../../src/image/description';
import { ModelCardSchema, ModelReferenceSchema } from '../../src/models/card';
import { FailedSampleSchema, SampleSchema } from '../../src/samples/sample';
import { messagesPage, type ReferenceNode, settingsPage } from './reference-pages';

const ROOT = path.resolve(__dirname, '../../..');

describe('the reference pages', () => {
  it('name every setting of every node, with its values and its default', () => {
    const nodes = NODE_PAGES.map(({ page, settings }): ReferenceNode => {
      const catalogue = path.join(ROOT, 'nodes', page.name, 'locales', 'en-US', `${page.name}.json`);
      const properties = JSON.parse(JSON.stringify(settings.properties));
      return { name: page.name, properties, catalogue: JSON.parse(readFileSync(catalogue, 'utf8')) };
    });
    isAsWritten('settings.md', settingsPage(nodes));
  });

  it('name what messages and model cards hold', () => {
    const schemas = {
      'Sample: msg.payload': SampleSchema,
      'Sample that failed: msg.payload': FailedSampleSchema,
      'Image description: raw, mask and the other images of a sample': ImageDescriptionSchema,
      'Model: msg.model': ModelReferenceSchema,
      'Model card: model.json': ModelCardSchema,
    };
    isAsWritten('messages.md', messagesPage(JSON.parse(JSON.stringify(schemas))));
  });
});

function isAsWritten(name: string, text: string): void {
  const file = path.join(ROOT, 'docs', 'reference', name);
  if (process.env.UPDATE_REFERENCE === '1') writeFileSync(file, text);
  const change = 'Take it over with UPDATE_REFERENCE=1 npm test -- test/references/reference-pages.test.ts';
  assert.equal(readFileSync(file, 'utf8'), text, change);
}
