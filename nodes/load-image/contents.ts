import type { NodeAPI } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { PAGE_AXES } from '../../src/image/description';
import { answer, answerOwnSite, serveAround } from '../admin/answer';
import { jobAccess } from '../job-host-access';

/** Where the node's page in the editor asks what a file contains. */
const ROUTE = '/segmenter/load-image/contents';

/**
 * Answers the editor with the scenes, channels and sizes of the first file that `raw` in the address stands for. Who may
 * read in the editor may look into files in the allowed folders.
 */
export function serveContents(RED: NodeAPI): void {
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal) => {
      const { raw, pages: told } = request.query;
      if (typeof raw !== 'string' || raw.trim() === '') throw new InvalidInputError('raw', 'a path', raw);
      // Anything but one of the axes stands for what the file says.
      const pages = PAGE_AXES.find((axis) => axis === told);
      return jobAccess(RED).host.run('inspect-file', { raw, ...(pages ? { pages } : {}) }, { signal });
    });
  });
  serveAround(RED);
}
