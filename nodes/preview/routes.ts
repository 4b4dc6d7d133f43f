import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck, validate } from '../../src/base/schema';
import { answer, answerOwnSite, changing, serveAround } from '../admin/answer';
import { type AdminRequest, type AdminResponse, parameter } from '../admin/request';
import { previews } from './preview-store';

const ROUTE = '/segmenter/preview';
const MOST_NODES = 1000;
const id = Type.String({ minLength: 1, maxLength: 200 });
const LookSchema = Type.Object({ editor: id, nodes: Type.Array(id, { maxItems: MOST_NODES }) });
const ShowSchema = Type.Object({ shown: Type.Boolean() });

/** Compiles what the first requests check, at a time that suits. */
export function preparePreviewChecks(): void {
  prepareCheck(LookSchema);
  prepareCheck(ShowSchema);
}

/**
 * Serves thumbnails to the editor: `watch` says which nodes it shows now, `<node>/picture` is the newest PNG, with what
 * stands below it in a header, `<node>/shown` the button. What is looked at changes nothing that others see, so it takes
 * the permission to read.
 */
export function servePreviews(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  const on = (work: (request: AdminRequest, response: AdminResponse) => unknown) => {
    return (request: AdminRequest, response: AdminResponse) => {
      answerOwnSite(response);
      return answer(response, async () => work(request, response));
    };
  };
  const read = 'segmenter-preview.read';
  httpAdmin.post(`${ROUTE}/watch`, ...changing(RED, read), on(look));
  httpAdmin.get(`${ROUTE}/:node/picture`, RED.auth.needsPermission(read), on(sendPicture));
  httpAdmin.post(`${ROUTE}/:node/shown`, ...changing(RED, 'segmenter-preview.write'), on(show));
  serveAround(RED);
}

function look({ body }: AdminRequest): { pictures: Record<string, number> } {
  const { editor, nodes } = validate(LookSchema, body, 'request');
  return { pictures: previews.look(editor, nodes) };
}

function sendPicture(request: AdminRequest, response: AdminResponse): undefined {
  const place = parameter(request, 'node');
  const thumbnail = previews.get(place);
  if (!thumbnail) throw new SegmenterError('not-found', `no picture of the node ${place}: nothing has passed it yet`);
  const { png, ...told } = thumbnail;
  response.set({ 'content-type': 'image/png', 'x-segmenter-picture': encodeURIComponent(JSON.stringify(told)) });
  response.end(png);
}

function show(request: AdminRequest): { shown: boolean } {
  const place = parameter(request, 'node');
  const { shown } = validate(ShowSchema, request.body, 'request');
  const nodes = previews.at(place);
  if (nodes.size === 0) throw new SegmenterError('not-found', `no preview node ${place} is running`);
  for (const node of nodes) node.show(shown);
  return { shown };
}
