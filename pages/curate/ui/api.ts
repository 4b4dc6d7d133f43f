import type {
  CheckReport,
  Conflict,
  FinishAnswer,
  ImageView,
  Queue,
  SaveAnswer,
  SaveRequest,
} from '../../../src/curation/page-api';
import { refusal, Server } from '../../shared/ui/server';
import type { SaveOutcome } from '../logic/saver';

/** The routes of the curate node. */
export class Api extends Server {
  async queue(): Promise<Queue> {
    return (await this.request('queue')).json();
  }

  async image(id: string, signal?: AbortSignal): Promise<ImageView> {
    return (await this.request(`image/${encodeURIComponent(id)}`, { signal })).json();
  }

  async report(): Promise<CheckReport> {
    return (await this.request('report')).json();
  }

  async finish(): Promise<FinishAnswer> {
    const response = await this.change('finish', { method: 'POST' });
    if (!response.ok) throw await refusal(response);
    return response.json();
  }

  async save(id: string, save: SaveRequest): Promise<SaveOutcome> {
    const response = await this.change(`image/${encodeURIComponent(id)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(save),
      // A save that is under way outlives the page; browsers allow that up to 64 KiB.
      keepalive: JSON.stringify(save).length < 60_000,
    });
    if (response.status === 409) return { kind: 'conflict', conflict: (await response.json()) as Conflict };
    if (!response.ok) throw await refusal(response);
    return { kind: 'saved', revision: ((await response.json()) as SaveAnswer).revision };
  }
}
