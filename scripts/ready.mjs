import { existsSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/**
 * Installs what a clone needs and compiles it; a package that npm installed has both.
 * @param compile whether dist/ is needed
 */
export async function ready({ compile = true } = {}) {
  if (!existsSync(inRoot('tsconfig.json'))) return;
  const { setup } = await import('./setup.mjs');
  await setup();
  if (!compile) return;
  const { build } = await import('./build.mjs');
  await build();
}
