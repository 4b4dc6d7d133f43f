// Makes each node's page in the editor: a script bundled from nodes/<name>/editor.ts and a dialog from schema and catalogue.
// What a node draws on the editor's canvas, nodes/<name>/canvas/main.ts, is bundled with it.
// A plugin's is a script bundled from nodes/<name>/tab/main.ts.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inRoot } from './paths.mjs';

const PACKAGE = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
const { nodes: NODES, plugins: PLUGINS } = PACKAGE['node-red'];
const STYLES = `resources/${PACKAGE.name}`;
const TARGET = ['chrome111', 'firefox115', 'safari16.4'];

/** Paths of the pages, from the project's folder: Node-RED looks for one beside each node's file. */
export function editorPageFiles() {
  return Object.values({ ...NODES, ...PLUGINS }).map((file) => path.normalize(file.replace(/js$/, 'html')));
}

/** Makes the pages anew where one of the sources is newer. The nodes must be compiled. */
export async function buildEditorPages(sources) {
  const outputs = editorPageFiles().map((file) => inRoot(file));
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (outputs.every((file) => existsSync(file) && statSync(file).mtimeMs >= newest)) return;
  const compiled = (file) => createRequire(import.meta.url)(inRoot('dist', 'nodes', file));
  const { NODE_PAGES } = compiled('editor/pages.js');
  const { templateOf } = compiled('editor/template.js');
  const { unknownKeywords } = compiled('setting-values.js');
  for (const { page, settings } of NODE_PAGES) {
    const schemas = JSON.parse(JSON.stringify(settings.properties));
    for (const [name, schema] of Object.entries(schemas)) {
      const unknown = unknownKeywords(schema);
      if (unknown.length > 0) throw new Error(`${page.name}.${name}: the editor cannot check ${unknown.join(', ')}`);
    }
    const texts = inRoot('nodes', page.name, 'locales', 'en-US', `${page.name}.json`);
    const template = templateOf(page, schemas, JSON.parse(readFileSync(texts, 'utf8')));
    const file = inRoot('dist', 'nodes', page.name, `${page.name}.html`);
    writeFileSync(file, htmlOf(page, await scriptOf(page, schemas), template));
  }
  for (const [id, file] of Object.entries(PLUGINS)) {
    const name = path.basename(file, '.js');
    writeFileSync(inRoot(file.replace(/js$/, 'html')), pluginHtml(id, name, await pluginScript(name)));
  }
}

/** What the browser runs, as one expression without imports. */
async function scriptOf({ name }, schemas) {
  const { build } = await import('esbuild');
  const contents = `
    ${hasCanvas(name) ? `export { canvas } from './${name}/canvas/main';` : ''}
    import { page } from './${name}/editor';
    import { browserOf } from './editor/tab/browser-of';
    import { definitionOf } from './editor/definition';
    export const define = (RED, $) => definitionOf(page, ${JSON.stringify(schemas)}, browserOf(RED, $));
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: inRoot('nodes'), sourcefile: `${name}-page.js` },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    globalName: 'page',
    platform: 'browser',
    target: TARGET,
    logLevel: 'warning',
  });
  return outputFiles[0].text.trim();
}

function hasCanvas(name) {
  return existsSync(inRoot('nodes', name, 'canvas', 'main.ts'));
}

/** What the browser runs of a plugin; it exports `plugin`. */
async function pluginScript(name) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [inRoot('nodes', name, 'tab', 'main.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    globalName: 'tab',
    platform: 'browser',
    target: TARGET,
    logLevel: 'warning',
    tsconfig: inRoot('pages', 'tsconfig.json'),
  });
  return outputFiles[0].text.trim();
}

function pluginHtml(id, name, script) {
  return `<link rel="stylesheet" href="${STYLES}/${name}.css" />
<script type="text/javascript">
(() => {
${script}
RED.plugins.registerPlugin('${id}', tab.plugin(RED, $));
})();
</script>
`;
}

/** Type, category, colour and ports stand as literals: what lists nodes reads them without running the page. */
function htmlOf(page, script, template) {
  const type = `segmenter-${page.name}`;
  const literals = page.color
    ? [
        `category: 'segmentation'`,
        `color: '${page.color}'`,
        `inputs: ${page.inputs ?? 1}`,
        `outputs: ${page.outputs ?? 1}`,
        `icon: '${page.name}.svg'`,
      ]
    : [`category: 'config'`];
  const own = hasCanvas(page.name) ? `\n<link rel="stylesheet" href="${STYLES}/${page.name}.css" />` : '';
  return `<link rel="stylesheet" href="${STYLES}/editor.css" />
<link rel="stylesheet" href="${STYLES}/paths.css" />${own}
<script type="text/javascript">
(() => {
${script}
RED.nodes.registerType('${type}', {
${literals.map((line) => `  ${line},`).join('\n')}
  ...page.define(RED, $),
});
${hasCanvas(page.name) ? 'page.canvas(RED, $);' : ''}
})();
</script>

<script type="text/html" data-template-name="${type}">
${template}
</script>
`;
}
