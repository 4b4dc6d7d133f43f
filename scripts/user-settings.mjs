// The settings of a person who uses `npm start`: made once, theirs from then on.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const ROOTS_VARIABLE = 'SEGMENTER_ROOTS';

/** Makes `settings.js` in the user folder where there is none. @returns its path */
export function laySettings(userDir) {
  const file = path.join(userDir, 'settings.js');
  if (!existsSync(file)) {
    mkdirSync(userDir, { recursive: true });
    writeFileSync(file, firstSettings());
  }
  return file;
}

/** What the file says. @throws Error naming the file, and what is wrong with it */
export function readSettings(file) {
  try {
    return createRequire(import.meta.url)(file);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error.message}; mend it, or delete it to have it made anew`);
  }
}

/**
 * Allows more folders, as `--data` names them: relative ones count from where the command was given.
 * @throws Error naming the first that is none
 */
export function allowFolders(given, env = process.env) {
  const folders = given.map((folder) => path.resolve(folder.replace(/^~(?=$|[/\\])/, os.homedir())));
  for (const folder of folders) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`--data: expected a folder that is there, got ${folder}`);
    }
  }
  const known = env[ROOTS_VARIABLE] ? [env[ROOTS_VARIABLE]] : [];
  if (folders.length > 0) env[ROOTS_VARIABLE] = [...known, ...folders].join(path.delimiter);
  return folders;
}

/** Only what people change most; all else of Node-RED may be written here too. */
function firstSettings() {
  return `// Settings for \`npm start\`, which made this file once and never writes it again: it is yours.
// All settings of Node-RED may stand here: https://nodered.org/docs/user-guide/runtime/configuration
module.exports = {
  segmenter: {
    // Folders that nodes may read and write, with all below; ~ is your home. Restart after a change.
    roots: [
      '~',
      ${JSON.stringify(os.tmpdir())},
      // '/data',
    ],
    // servers: ['https://data.lab.example/'],  // servers whose OME-Zarr images may be read
    // models: '~/models',                      // where models are published
    // scratch: '/fast/disk',                   // where images on their way lie
    // scratchQuotaMB: 20000,
  },
  // lang: 'de',                                // what nodes say below themselves, and reports, in German
  // uiHost: '0.0.0.0',                         // let others reach the editor; then set adminAuth, too
  // uiPort: 1880,
  // adminAuth: {},                             // https://nodered.org/docs/user-guide/runtime/securing-node-red
};
`;
}
