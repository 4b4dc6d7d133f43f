import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded into a worker by NODE_OPTIONS: at a signal it collects its garbage and tells what is left.
if (process.send && process.env.LIVE_MEMORY) {
  const file = process.env.LIVE_MEMORY;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    // What the first collection lets go of may have kept something else.
    collect();
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    writeFileSync(file, `${JSON.stringify({ rss, live: heapUsed + external })}\n`);
  });
}
