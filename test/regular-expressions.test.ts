import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AnyNode, parse } from 'acorn';
import { transformSync } from 'esbuild';

/** Its part without native programs: nothing is started, nothing is sent. */
const { checkSync } = require('recheck/lib/browser.js') as Pick<typeof import('recheck'), 'checkSync'>;

/** The compiled test lies in dist/test, two folders below the project's. */
const ROOT = path.resolve(__dirname, '../..');
const TIMEOUT_MS = 20_000;

/**
 * Expressions that are not linear, or that the checker does not finish: why they may stay, and how long the text is that
 * they see. A row that is no longer needed is a failure too, but where the checker's verdict is a matter of chance.
 */
const ALLOWED: Readonly<Record<string, { reason: string; longest: number; isChance?: true }>> = {
  '/_(?<pid>\\d+)-[0-9a-f]{16}(?:\\.[^.]+)*$/': {
    reason: 'names of files in the scratch folder, which file systems keep below 256 bytes',
    longest: 255,
  },
  '/(?:^|[/_\\-. ])(?:position|pos|p|scene|series|s|field|fld|f|site|xy|y\\d+_?x|x\\d+_?y|crop|tile|m|time|frame|t|z|channel|ch|c|w|wv)[ _-]?\\d+(?=[/_\\-. )]|[A-Za-z]+\\d|$)/i':
    {
      reason: 'ids; the checker searches at random here, and takes many places to begin at for many steps at each',
      longest: 1000,
      isChance: true,
    },
};

/** What is put together while the program runs, by file: expressions as they come out. */
const PUT_TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'src/formats/tiff/completeness.ts': ['/\\bSizeZ="(\\d+)"/'],
  'src/curation/review-upkeep.ts': ['/images[\\\\/]([A-Za-z0-9._-]+)/g'],
  'src/storage/partial.ts': ['/^(?<target>.+)\\.partial-(?<tag>[0-9a-f]{28})$/'],
  'src/storage/replace-exclusively.ts': ['/^[0-9a-f]{28}$/'],
  'nodes/admin/results.ts': ['/^\\/segmenter\\/results/tile/(?<id>.+)$/'],
  'nodes/curate/routes.ts': ['/^\\/segmenter\\/curate/(?<node>[^/]+)/image/(?<id>.+)$/'],
};

interface Found {
  file: string;
  expression: string;
}

describe('regular expressions', () => {
  it('take a time that grows with the text, not with its square', function () {
    this.timeout(240_000);
    const { found, open } = expressionsOf(sourceFiles());
    assert.ok(found.length > 80, `only ${found.length} expressions were found`);
    assert.deepEqual(
      open.filter((file) => !(file in PUT_TOGETHER)),
      [],
      'files that put expressions together from what is known only while they run',
    );
    const wrong: string[] = [];
    const needed = new Set<string>();
    const verdicts = new Map<string, string>();
    for (const { file, expression } of found) {
      const verdict = verdicts.get(expression) ?? judge(expression);
      verdicts.set(expression, verdict);
      if (verdict === 'safe') continue;
      if (expression in ALLOWED) needed.add(expression);
      else wrong.push(`${file}: ${expression}: ${verdict}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(
      Object.keys(ALLOWED).filter((expression) => !needed.has(expression) && !ALLOWED[expression].isChance),
      [],
      'rows of ALLOWED that nothing needs',
    );
  });

  it('are told apart: the checker knows those that held a process for 40 s', () => {
    for (const expression of ['/\\0+$/', '/^\\{.*"truncated": *true.*\\}$/s', '/(a+)+$/']) {
      assert.notEqual(judge(expression), 'safe', expression);
    }
    assert.equal(judge('/^[0-9a-f]+$/'), 'safe');
  });
});

function judge(expression: string): string {
  const end = expression.lastIndexOf('/');
  const result = checkSync(expression.slice(1, end), expression.slice(end + 1), { timeout: TIMEOUT_MS });
  if (result.status === 'safe') return 'safe';
  return result.status === 'vulnerable' ? result.complexity.summary : `not decided within ${TIMEOUT_MS} ms`;
}

function sourceFiles(): string[] {
  return ['src', 'nodes', 'pages'].flatMap((folder) => filesBelow(folder, '.ts'));
}

function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(folder, name));
}

function expressionsOf(files: readonly string[]): { found: Found[]; open: string[] } {
  const found: Found[] = [];
  const open = new Set<string>();
  for (const file of files) {
    const program = parse(codeOf(file), {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowReturnOutsideFunction: true,
    });
    const constants = new Map<string, AnyNode>();
    visit(program, (node) => {
      if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier' || !node.init) return;
      constants.set(node.id.name, node.init);
    });
    visit(program, (node) => {
      if (node.type === 'Literal' && 'regex' in node && node.regex) {
        found.push({ file, expression: node.raw ?? '' });
      }
      if ((node.type !== 'NewExpression' && node.type !== 'CallExpression') || !isRegExp(node.callee)) return;
      const [pattern, flags] = node.arguments.map((argument) => textOf(argument, constants));
      if (pattern == null || flags === null) open.add(file);
      else found.push({ file, expression: `/${pattern}/${flags ?? ''}` });
    });
  }
  for (const [file, expressions] of Object.entries(PUT_TOGETHER)) {
    for (const expression of expressions) found.push({ file, expression });
  }
  return { found, open: [...open] };
}

function codeOf(file: string): string {
  return transformSync(readFileSync(path.join(ROOT, file), 'utf8'), { loader: 'ts' }).code;
}

function isRegExp(callee: AnyNode): boolean {
  return callee.type === 'Identifier' && callee.name === 'RegExp';
}

/** The text of an expression that is made of constants; null where it is not. */
function textOf(node: AnyNode | undefined, constants: ReadonlyMap<string, AnyNode>): string | null {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node?.type === 'Identifier') return textOf(constants.get(node.name), constants);
  if (node?.type !== 'TemplateLiteral') return null;
  let text = '';
  for (const [i, { value }] of node.quasis.entries()) {
    text += value.cooked;
    const part = node.expressions[i];
    if (!part) continue;
    const inner = textOf(part, constants);
    if (inner === null) return null;
    text += inner;
  }
  return text;
}

function visit(node: AnyNode, look: (node: AnyNode) => void): void {
  look(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as AnyNode, look);
    }
  }
}
