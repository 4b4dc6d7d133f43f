// Fills a folder with what the binding of tfjs-node needs of TensorFlow: headers of its C interface, and its library.
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { extract, listWheel } from './wheel.mjs';

/** All that the headers of the C interface include. */
const HEADERS = /^tensorflow\/include\/((tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl)\/[\w./-]+\.(h|inc))$/;
const LIBRARY = /^tensorflow\/(libtensorflow_(cc|framework)\.so\.\d+)$/;
/** CUDA's and cuDNN's libraries, in wheels of their own. */
const CUDA_LIBRARY = /^nvidia\/[\w/]+\/lib\/([\w.-]+\.so[\w.]*)$/;
/** The names that the linker is given, and whose library has them. */
const LINKS = { 'libtensorflow.so': 'cc', 'libtensorflow_framework.so': 'framework' };

/**
 * Which files of a wheel go where below the folder of dependencies.
 * @param {string[]} wheels paths
 * @returns {Promise<Array<{ wheel: string, entry: import('./wheel.mjs').Entry, target: string, part: string | null }>>}
 */
export async function planLibrary(wheels) {
  const plan = [];
  for (const wheel of wheels) {
    for (const entry of await listWheel(wheel)) {
      const header = HEADERS.exec(entry.name)?.[1];
      const [, library, part = null] = LIBRARY.exec(entry.name) ?? [];
      const cuda = CUDA_LIBRARY.exec(entry.name)?.[1];
      const target = header ? `include/${header}` : library || cuda ? `lib/${library ?? cuda}` : null;
      if (target && !target.includes('..')) plan.push({ wheel, entry, target, part });
    }
  }
  const missing = ['cc', 'framework'].filter((part) => !plan.some((file) => file.part === part));
  if (missing.length > 0 || !plan.some(({ target }) => target.endsWith('tensorflow/c/c_api.h'))) {
    throw new Error(
      `${wheels.join(', ')}: expected a wheel of tensorflow or tensorflow-cpu 2.x for Linux, with ` +
        'libtensorflow_cc.so, libtensorflow_framework.so and tensorflow/c/c_api.h',
    );
  }
  return plan;
}

/** Writes the files of a plan and the names that the linker looks for. */
export async function writeLibrary(plan, folder) {
  for (const { wheel, entry, target } of plan) await extract(wheel, entry, path.join(folder, target));
  for (const [name, part] of Object.entries(LINKS)) {
    const library = plan.find((file) => file.part === part);
    await symlink(path.basename(library.target), path.join(folder, 'lib', name));
  }
}
