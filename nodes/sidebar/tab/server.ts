import type { JQuery } from './editor';

/** Says why Node-RED refused, in its words. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The way to Node-RED. Addresses are relative to the editor, wherever a proxy serves it. */
export class Server {
  private token: string | null = null;

  constructor(
    private readonly $: JQuery,
    private readonly noAnswer: () => string,
  ) {}

  /** Asks for data. @throws Refused */
  get<T>(address: string): Promise<T> {
    return this.ask({ url: `segmenter/${address}` });
  }

  /** Has something changed. @throws Refused */
  async change<T>(address: string, body: unknown): Promise<T> {
    try {
      return await this.post(address, body);
    } catch (error) {
      // Another start of Node-RED has another token.
      if (!(error instanceof Refused && error.status === 403 && this.token)) throw error;
      this.token = null;
      return await this.post(address, body);
    }
  }

  /** Has the browser save a file. @returns what a person should know of it @throws Refused */
  async download(address: string, name: string): Promise<string[]> {
    let notes: string | null = null;
    const file = await this.ask<Blob>(
      {
        url: `segmenter/${address}`,
        dataType: 'binary',
        converters: { '* binary': true },
        xhrFields: { responseType: 'blob' },
      },
      (header) => {
        notes = header('x-segmenter-notes');
      },
    );
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    return notes === null ? [] : (JSON.parse(decodeURIComponent(notes)) as string[]);
  }

  /** Sends a file. @throws Refused */
  async upload<T>(address: string, file: File): Promise<T> {
    // A token of its own: a file is not sent twice because Node-RED was started anew.
    this.token = (await this.ask<{ token: string }>({ url: 'segmenter/token' })).token;
    return this.ask({
      url: `segmenter/${address}`,
      method: 'POST',
      headers: { 'x-segmenter': this.token },
      contentType: 'application/octet-stream',
      processData: false,
      data: file,
    });
  }

  private async post<T>(address: string, body: unknown): Promise<T> {
    this.token ??= (await this.ask<{ token: string }>({ url: 'segmenter/token' })).token;
    return this.ask({
      url: `segmenter/${address}`,
      method: 'POST',
      headers: { 'x-segmenter': this.token },
      contentType: 'application/json',
      data: JSON.stringify(body),
    });
  }

  private ask<T>(
    options: Parameters<JQuery['ajax']>[0],
    heard: (header: (name: string) => string | null) => void = () => undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.$.ajax(options)
        .done((answer, _status, request) => {
          heard((name) => request.getResponseHeader(name));
          resolve(answer as T);
        })
        .fail(({ responseJSON, status }) => reject(new Refused(responseJSON?.message ?? this.noAnswer(), status)));
    });
  }
}
