import { Random } from '../src/base/random';
import { addToChart, BASELINE, type Chart, NEW_CHART } from '../src/trust/control-chart';
import { report } from './support/measure';

const RUNS = 2000;
const MOST = 20_000;
/** In standard deviations of what is usual. */
const SHIFTS = [0, 0.5, 1, 2, 3];

/**
 * How many results it takes the chart of a gate to tell a shift that lasts, and how many until it tells one that is none:
 * normal values, 2000 runs each. `npm run -s bench -- drift`.
 */
function main(): void {
  const begin = performance.now();
  const table = Object.fromEntries(
    SHIFTS.map((shift) => {
      const lengths = Array.from({ length: RUNS }, (_, run) => runLength(shift, new Random(3, run))).sort(
        (a, b) => a - b,
      );
      const at = (share: number) => lengths[Math.floor(share * RUNS)];
      return [shift, { '5 %': at(0.05), median: at(0.5), '95 %': at(0.95) }];
    }),
  );
  report('drift', { seconds: (performance.now() - begin) / 1000 }, { baseline: BASELINE, runLengths: table });
}

function runLength(shift: number, random: Random): number {
  let chart: Chart = NEW_CHART;
  for (let i = 0; i < BASELINE; i++) chart = addToChart(chart, random.normal(), 0).chart;
  for (let i = 1; i <= MOST; i++) {
    const charted = addToChart(chart, shift + random.normal(), 0);
    if (charted.event === 'drift') return i;
    chart = charted.chart;
  }
  return MOST;
}

main();
