/** What Node-RED and its workers held when so many images were through: resident, MB. */
export interface MemoryMark {
  images: number;
  nodeRed: number;
  /** what of Node-RED's objects is left when all that nobody needs is collected, MB */
  kept: number;
  /** by the number of their process */
  workers: Record<string, number>;
}

/** Modules that {@link noteMemory} needs. */
export const MEMORY_MODULES = ['process', 'fs', 'v8', 'vm'];

/** Gives the lines of a function node that note a mark, each so many images, in `run.memory`. */
export function noteMemory(every: number): string {
  return `
  if (run.through % ${every} === 0) {
    const pids = fs.readFileSync('/proc/' + process.pid + '/task/' + process.pid + '/children', 'utf8').trim().split(' ');
    const rss = (pid) => Math.round(Number(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/' + pid + '/status', 'utf8'))[1]) / 1024);
    const workers = Object.fromEntries(pids.filter(Boolean).map((pid) => [pid, rss(pid)]));
    v8.setFlagsFromString('--expose-gc');
    vm.runInNewContext('gc')();
    const kept = Math.round(process.memoryUsage().heapUsed / 1e4) / 100;
    run.memory.push({ images: run.through, nodeRed: rss(process.pid), kept, workers });
  }`;
}

/**
 * Gives how each process grew after so many images, in MB for 1,000 images: the slope of the line of least squares, with how
 * far the marks lie off it at most; of those that lived all that time.
 */
export function growthOf(marks: readonly MemoryMark[], from: number): Record<string, { slope: number; off: number }> {
  const after = marks.filter(({ images }) => images >= from);
  if (after.length < 3) return {};
  const series = new Map([
    ['nodeRed', after.map(({ nodeRed }) => nodeRed)],
    ['kept', after.map(({ kept }) => kept)],
  ]);
  for (const pid of Object.keys(after[0].workers)) {
    const values = after.map(({ workers }) => workers[pid]);
    if (values.every((value) => value !== undefined)) series.set(pid, values);
  }
  const thousands = after.map(({ images }) => images / 1000);
  return Object.fromEntries([...series].map(([name, values]) => [name, lineOf(thousands, values)]));
}

function lineOf(x: readonly number[], y: readonly number[]): { slope: number; off: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const slope =
    x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0) /
    x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const off = Math.max(...y.map((value, i) => Math.abs(value - meanY - slope * (x[i] - meanX))));
  return { slope: Number(slope.toFixed(3)), off: Number(off.toFixed(1)) };
}
