import type { DriftCharts, DriftView, ResultView, Run, Runs } from '../../../src/results/page-api';
import { Server } from '../../shared/ui/server';

/** The routes of results. */
export class Api extends Server {
  async runs(): Promise<Runs> {
    return (await this.request('runs')).json();
  }

  async run(run: string): Promise<Run> {
    return (await this.request(`run/${encodeURIComponent(run)}`)).json();
  }

  /** @param path of a file or folder, or a pattern */
  async files(path: string): Promise<Run> {
    return (await this.request(`files/${encodeURIComponent(path)}`)).json();
  }

  async drift(): Promise<DriftCharts> {
    return (await this.request('drift')).json();
  }

  /** @param id of a chart */
  async driftView(id: string): Promise<DriftView> {
    return (await this.request(`drift/${encodeURIComponent(id)}`)).json();
  }

  async image(id: string): Promise<ResultView> {
    return (await this.request(`image/${encodeURIComponent(id)}`)).json();
  }

  /** Gives an address at which a tab shows a report, for a while. */
  async report(id: string): Promise<string> {
    const { address } = await (await this.request(`../reports/entry/${encodeURIComponent(id)}`)).json();
    return new URL(`../reports/${address}`, new URL('.', location.href)).href;
  }

  async thumbnail(id: string, signal: AbortSignal): Promise<Blob> {
    return (await this.request(`thumbnail/${encodeURIComponent(id)}`, { signal })).blob();
  }
}
