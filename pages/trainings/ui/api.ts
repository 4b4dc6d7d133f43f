import type { Reports } from '../../../src/results/page-api';
import type { TrainingList, TrainingNews, TrainingView } from '../../../src/training/page-api';
import { refusal, Server } from '../../shared/ui/server';

/** The routes of trainings. */
export class Api extends Server {
  async list(): Promise<TrainingList> {
    return (await this.request('list')).json();
  }

  async one(id: string): Promise<TrainingView> {
    return (await this.request(`one/${encodeURIComponent(id)}`)).json();
  }

  async news(id: string, since: number): Promise<TrainingNews> {
    return (await this.request(`news/${encodeURIComponent(id)}?since=${since}`)).json();
  }

  async picture(id: string, file: string): Promise<Blob> {
    return (await this.request(`picture/${encodeURIComponent(id)}/${encodeURIComponent(file)}`)).blob();
  }

  /** Gives an address at which a tab shows the report of a model's training, for a while. */
  async report(model: string, version: string): Promise<string> {
    const place = [model, version].map(encodeURIComponent).join('/');
    const { address } = await (await this.request(`../reports/model/${place}`)).json();
    return new URL(`../reports/${address}`, new URL('.', location.href)).href;
  }

  /** Lists the reports of compared sequences of which one model found all. @param model name@version */
  async evaluations(model: string): Promise<Reports['reports']> {
    const { reports }: Reports = await (await this.request('../reports/list')).json();
    return reports.filter((report) => report.model === model);
  }

  /** Gives an address at which a tab shows such a report, for a while. */
  async evaluation(id: string): Promise<string> {
    const { address } = await (await this.request(`../reports/entry/${encodeURIComponent(id)}`)).json();
    return new URL(`../reports/${address}`, new URL('.', location.href)).href;
  }

  async stop(id: string, keep: boolean): Promise<void> {
    const response = await this.change(`stop/${encodeURIComponent(id)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keep }),
    });
    if (!response.ok) throw await refusal(response);
  }
}
