import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXAMPLES, readExample } from '../flows/support/examples';

type StartFirstRun = (RED: object, models: string) => boolean;

const SCRIPT = path.resolve(__dirname, '../../../scripts/first-run.mjs');

describe('the first run of the quick start', () => {
  let models: string;
  let pressed: string[];
  let start: StartFirstRun;
  const nodes = new Set(readExample('quick-start-2d.json').map(({ id }) => id));
  const RED = {
    nodes: { getNode: (id: string) => (nodes.has(id) ? { receive: () => pressed.push(id) } : null) },
  };

  before(async () => {
    ({ startFirstRun: start } = (await import(pathToFileURL(SCRIPT).href)) as { startFirstRun: StartFirstRun });
  });
  beforeEach(() => {
    pressed = [];
    models = mkdtempSync(path.join(os.tmpdir(), 'first-run-'));
  });
  afterEach(() => rmSync(models, { recursive: true }));

  it('presses the button of the flow that is laid out, also where an earlier training did not end', () => {
    assert.equal(start(RED, path.join(models, 'not', 'there')), true);
    mkdirSync(path.join(models, 'nuclei-2d', '.runs'), { recursive: true });
    assert.equal(start(RED, models), true);
    assert.deepEqual(pressed, ['quick2d-start', 'quick2d-start']);
  });

  it('does nothing where the model is there, or the flow is another', () => {
    assert.equal(start({ nodes: { getNode: () => null } }, models), false);
    mkdirSync(path.join(models, 'nuclei-2d', 'v1'), { recursive: true });
    assert.equal(start(RED, models), false);
    assert.deepEqual(pressed, []);
  });

  it('is no affair of the flows: none begins to train, or any other work of ours, when it is deployed', () => {
    for (const file of EXAMPLES) {
      const flow = readExample(file);
      const begun = new Set(flow.filter(({ type, once }) => type === 'inject' && once === true).map(({ id }) => id));
      for (const id of begun) {
        const { wires = [] } = (flow.find((node) => node.id === id) ?? {}) as { wires?: string[][] };
        for (const next of wires.flat()) begun.add(next);
      }
      const work = flow.filter(({ id, type }) => begun.has(id) && type.startsWith('segmenter-'));
      assert.deepEqual(work, [], file);
    }
  });
});
