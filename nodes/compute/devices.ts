import type { NodeAPI } from 'node-red';
import { answer, answerOwnSite, changing, serveAround } from '../admin/answer';
import { jobAccess } from '../job-host-access';

/** Where the node's page in the editor has every engine and device tried. */
const ROUTE = '/segmenter/compute/devices';

/**
 * Tries every engine and device in processes of their own and answers with how each is. It takes the machine's time and
 * renews what an open choice is made from, so only those who may write in the editor may ask for it.
 */
export function serveDevices(RED: NodeAPI): void {
  RED.httpAdmin.post(ROUTE, ...changing(RED, 'segmenter.write'), (_request, response) => {
    answerOwnSite(response);
    return answer(response, (signal) => jobAccess(RED).host.survey(signal));
  });
  serveAround(RED);
}
