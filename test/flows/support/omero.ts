import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const [USER, PASSWORD] = ['amy', 'a pass word & more'];
const PAGE = 2;

/**
 * OMERO.web's JSON API as far as its documentation says (token, login, list of images), and OMERO.dropbox, which has imported a file of its
 * folder once the list was asked for some times. Pages are short, so that a client has to turn them.
 */
export class SimulatedOmero {
  readonly user = USER;
  readonly password = PASSWORD;
  /** requests that were answered with an error, and why */
  readonly refused: string[] = [];
  private readonly token = randomUUID();
  private readonly session = randomUUID();
  private readonly server = http.createServer((request, response) => void this.answer(request, response));
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly dropBox: string,
    /** lists that a file is not on yet */
    private readonly delay: number,
  ) {}

  /** @returns its address */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://omero');
    const cookies = new Map(
      (request.headers.cookie ?? '').split('; ').map((each) => each.split('=') as [string, string]),
    );
    const send = (status: number, body: object, set: string[] = []) => {
      if (status !== 200) this.refused.push(`${request.method} ${url.pathname}: ${status}`);
      response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': set }).end(JSON.stringify(body));
    };
    if (url.pathname === '/api/v0/token/') return send(200, { data: this.token }, [`csrftoken=${this.token}; Path=/`]);
    if (url.pathname === '/api/v0/login/' && request.method === 'POST') {
      let text = '';
      for await (const part of request) text += part;
      const form = new URLSearchParams(text);
      const isOurs = cookies.get('csrftoken') === this.token && request.headers['x-csrftoken'] === this.token;
      if (!isOurs || !request.headers.referer) return send(403, { message: 'CSRF' });
      const isUser = form.get('username') === USER && form.get('password') === PASSWORD && form.get('server') === '1';
      if (!isUser) return send(403, { message: 'Connection not available, please check your user name and password.' });
      const set = [`sessionid=${this.session}; Path=/; HttpOnly`, `csrftoken=${this.token}; Path=/`];
      return send(200, { success: true, eventContext: { userName: USER, groupId: 5 } }, set);
    }
    if (url.pathname === '/api/v0/m/images/') {
      if (cookies.get('sessionid') !== this.session) return send(403, { message: 'Not logged in' });
      if (url.searchParams.get('orphaned') !== 'true') return send(400, { message: 'only orphaned images here' });
      const offset = Number(url.searchParams.get('offset') ?? 0);
      const images = this.imported(offset === 0);
      const data = images.slice(offset, offset + PAGE);
      return send(200, { data, meta: { totalCount: images.length, limit: PAGE, offset } });
    }
    // As the documentation says: importing is none of the JSON API's.
    return send(404, { message: 'not found' });
  }

  private imported(isAsked: boolean): object[] {
    const names = readdirSync(this.dropBox, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tiff?$/.test(name),
    );
    for (const name of isAsked ? names : []) this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
    const there = names.filter(
      (name) => statSync(`${this.dropBox}/${name}`).size > 0 && (this.asked.get(name) ?? 0) > this.delay,
    );
    return there.sort().map((name, i) => ({
      '@id': 100 + i,
      '@type': 'http://www.openmicroscopy.org/Schemas/OME/2016-06#Image',
      Name: name.split(/[\\/]/).pop(),
    }));
  }
}
