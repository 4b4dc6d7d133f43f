import type { Query } from './editor';

/** What the server tells of a thumbnail. */
export interface PictureFacts {
  version: number;
  node: string;
  sample: string;
  dice: number | null;
}

export interface Picture extends PictureFacts {
  image: Blob;
}

/** The preview's routes, relative to the editor's address; the promises never reject. */
export class Requests {
  private token = '';

  constructor(private readonly $: Query) {}

  /**
   * Says which nodes this editor shows.
   * @returns the newest picture of each that has one; null where the server is away, or this person may not see them
   */
  async watch(editor: string, nodes: readonly string[]): Promise<Record<string, number> | null> {
    if (this.token === '') await this.renewToken();
    const first = await this.sayWatching(editor, nodes);
    if (first !== 403) return typeof first === 'number' ? null : first;
    // The server has another token after a restart.
    await this.renewToken();
    const second = await this.sayWatching(editor, nodes);
    return typeof second === 'number' ? null : second;
  }

  private async renewToken(): Promise<void> {
    const { answer } = await this.ask<{ token: string }>('segmenter/token', 'GET');
    this.token = answer?.token ?? '';
  }

  async picture(node: string): Promise<Picture | null> {
    const url = `segmenter/preview/${encodeURIComponent(node)}/picture`;
    const { answer, header } = await this.ask<Blob>(url, 'GET', { xhrFields: { responseType: 'blob' } });
    if (!answer || header === null) return null;
    return { ...(JSON.parse(decodeURIComponent(header)) as PictureFacts), image: answer };
  }

  private async sayWatching(editor: string, nodes: readonly string[]): Promise<Record<string, number> | number> {
    const headers = { 'x-segmenter': this.token, 'content-type': 'application/json' };
    const data = JSON.stringify({ editor, nodes });
    const url = 'segmenter/preview/watch';
    const { answer, status } = await this.ask<{ pictures: Record<string, number> }>(url, 'POST', { headers, data });
    return answer?.pictures ?? status;
  }

  private ask<T>(
    url: string,
    method: string,
    options: object = {},
  ): Promise<{ answer: T | null; header: string | null; status: number }> {
    return new Promise((resolve) => {
      this.$.ajax<T>({ url, method, ...options })
        .then((answer, _how, response) => {
          resolve({ answer, header: response.getResponseHeader('x-segmenter-picture'), status: 200 });
        })
        .catch(({ status }) => resolve({ answer: null, header: null, status }));
    });
  }
}
