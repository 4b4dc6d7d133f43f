import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/**
 * Runs a program, in the project's folder unless told otherwise, with this terminal as its own.
 * @returns its exit code; 1 where a signal ended it
 */
export function run(program, parameters, { env = {}, shell = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env }, shell };
    const child = spawn(program, parameters, options);
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Runs a JavaScript file with this Node.js. */
export const runNode = (file, parameters = [], options) => run(process.execPath, [file, ...parameters], options);

/** Ends this process with a line that says why. */
export function stop(message) {
  console.error(`\n${message}`);
  process.exit(1);
}
