// Opens TensorFlow in this process as a job would, and prints where it computes. `node scripts/tensorflow/check.mjs`
import { createRequire } from 'node:module';
import { inRoot } from '../paths.mjs';

const require = createRequire(import.meta.url);
const { openEngine } = require(inRoot('dist', 'src', 'engines', 'index.js'));
const open = (device) => openEngine({ engine: 'tensorflow', device, threads: 0, precision: 'float32' });
try {
  const engine = await open('cuda').catch((error) => {
    if (error.state === 'absent') return open('cpu');
    throw error;
  });
  console.log(`TensorFlow computes on ${engine.device === 'cuda' ? 'an NVIDIA GPU (cuda)' : 'the CPU'}.`);
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
