// Runs one benchmark: `npm run -s bench -- NAME`. It prints one JSON line a row.
import { readdirSync } from 'node:fs';
import { build } from './build.mjs';
import { inRoot } from './paths.mjs';
import { runNode, stop } from './run.mjs';
import { setup } from './setup.mjs';

const names = readdirSync(inRoot('bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));
const [name, ...parameters] = process.argv.slice(2);
if (!names.includes(name)) stop(`bench: expected one of ${names.join(', ')}, got ${name ?? 'nothing'}`);
await setup();
await build();
process.exit(await runNode(inRoot('dist', 'bench', `${name}.js`), parameters));
