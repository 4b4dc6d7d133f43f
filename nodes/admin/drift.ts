import type { NodeAPI } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck } from '../../src/base/schema';
import type { ChartedResult, DriftChart, DriftCharts, DriftView } from '../../src/results/page-api';
import type { ResultNode, ResultRow } from '../../src/results/result-entry';
import { BASELINE, RUN_LENGTHS } from '../../src/trust/control-chart';
import { type DriftPoint, DriftPointSchema, drawnAt, SERIES_NAMES } from '../../src/trust/drift';
import { historyFolder, lastPoints, points } from '../gate/drift-history';
import { resultsLog } from '../results-access';
import { type FlowNode, runningNodes } from '../running-nodes';

/** Results of a chart that a page draws. */
const MOST_POINTS = 1000;
/** Of a chart: where it lies below the folder of its gate, and the gate. */
const ID = /^(?<key>[0-9a-f]{16})\.(?<gate>.+)$/;

/** Looks up for the results page what the gates of the flows have charted. */
export class DriftDesk {
  constructor(private readonly RED: NodeAPI) {
    prepareCheck(DriftPointSchema);
  }

  async charts(): Promise<DriftCharts> {
    const charts = await Promise.all(
      this.gates().map(async (gate) =>
        (await lastPoints(this.folderOf(gate.id))).map(({ key, point }) => chartOf(key, gate, point)),
      ),
    );
    return { charts: charts.flat().sort((a, b) => b.last - a.last) };
  }

  /** @throws SegmenterError `not-found` */
  async view(id: string): Promise<DriftView> {
    const { key = '', gate: node } = ID.exec(id)?.groups ?? {};
    const gate = this.gates().find((each) => each.id === node);
    const found = gate ? await points(this.folderOf(gate.id), key, MOST_POINTS) : [];
    const last = found.at(-1);
    if (!gate || !last) throw new SegmenterError('not-found', `chart ${id}: no gate of the flows has it`, { id });
    const rows = await resultsLog(this.RED).bySample();
    return {
      chart: chartOf(key, gate, last),
      baseline: BASELINE,
      runLengths: RUN_LENGTHS,
      points: found.map((point) => charted(point, rows)),
    };
  }

  private folderOf(gate: string): string {
    const { userDir = process.cwd() } = this.RED.settings as { userDir?: string };
    return historyFolder(userDir, gate);
  }

  /** The gates of the flows as they run, each of those in a subflow as often as that is used. */
  private gates(): ResultNode[] {
    const nodes: FlowNode[] = [];
    this.RED.nodes.eachNode((node) => nodes.push(node));
    return runningNodes(nodes, 'segmenter-gate');
  }
}

function chartOf(key: string, gate: ResultNode, { at, model, instrument, charts }: DriftPoint): DriftChart {
  return {
    id: `${key}.${gate.id}`,
    gate,
    ...{ model, instrument },
    last: Date.parse(at),
    results: Math.max(0, ...Object.values(charts).map((chart) => chart?.count ?? 0)),
    out: SERIES_NAMES.filter((name) => charts[name]?.isOut),
  };
}

/** The sample as it was last noted before the gate, where the log still has it. */
function charted(point: DriftPoint, rows: ReadonlyMap<string, readonly ResultRow[]>): ChartedResult {
  const at = Date.parse(point.at);
  const known = (point.sample !== null && rows.get(point.sample)) || [];
  const row = known.findLast((each) => each.at <= at) ?? known[0];
  return { at, sample: point.sample, run: row?.run ?? null, series: drawnAt(point) };
}
