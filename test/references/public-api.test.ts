import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_PAGES } from '../../nodes/editor/pages';
import { ImageDescriptionSchema } from '../../src/image/description';
import { ModelCardSchema, ModelReferenceSchema } from '../../src/models/card';
import { FailedSampleSchema, SampleSchema } from '../../src/samples/sample';

const ROOT = path.resolve(__dirname, '../../..');
const FILE = path.join(ROOT, 'test/data/public-api.json');
const MESSAGES = {
  sample: SampleSchema,
  failedSample: FailedSampleSchema,
  imageDescription: ImageDescriptionSchema,
  modelReference: ModelReferenceSchema,
  modelCard: ModelCardSchema,
};

describe('the public interface: messages, model cards and settings of nodes', () => {
  it('is what flows, functions and scripts of users were written for', () => {
    // as JSON, for that is what is compared
    const found = JSON.parse(JSON.stringify({ messages: MESSAGES, settings: settingsOfNodes() }));
    assert.equal(Object.keys(found.settings).length, NODE_PAGES.length);
    if (process.env.UPDATE_PUBLIC_API === '1') writeFileSync(FILE, `${JSON.stringify(found, null, 1)}\n`);
    const kept: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
    const change = [
      'A message, card or setting changed, and with it what users rely on.',
      'Meant so? Say it in CHANGELOG.md, keep reading what older flows and models hold, and take it over with',
      'UPDATE_PUBLIC_API=1 npm test -- test/references/public-api.test.ts',
    ].join('\n');
    assert.deepEqual(found, kept, change);
  });
});

/** The schemas that the settings.js of each node exports, by node and name. */
function settingsOfNodes(): Record<string, Record<string, object>> {
  const nodes = path.join(ROOT, 'dist/nodes');
  const folders = readdirSync(nodes, { withFileTypes: true }).filter(({ name }) =>
    existsSync(path.join(nodes, name, 'settings.js')),
  );
  return Object.fromEntries(
    folders.map(({ name }) => {
      const exported = require(path.join(nodes, name, 'settings.js')) as Record<string, unknown>;
      return [name, Object.fromEntries(Object.entries(exported).filter(isSchema))];
    }),
  );
}

function isSchema(entry: [string, unknown]): entry is [string, object] {
  const [, value] = entry;
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'object';
}
