import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { messageOf } from '../../src/base/errors';
import { noteResult } from '../results-access';
import { isFailed, isSampleLike, peek, readSample } from '../sample-message';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { parseChannels } from './channels';
import { drawPng, overlayInput } from './drawing';
import { preparePreviewChecks, servePreviews } from './routes';
import { PreviewSettings } from './settings';
import { ThumbnailMaker } from './thumbnail-maker';

export = (RED: NodeAPI): void => {
  servePreviews(RED);
  registerWorkNode(RED, {
    type: 'segmenter-preview',
    settings: PreviewSettings,
    refused: (_node, { msg, send }) => send(msg),
    create: ({ node, settings, status }) => {
      preparePreviewChecks();
      parseChannels(settings.channels);
      const maker = new ThumbnailMaker(RED, node, settings, placeOf(node));
      const look = (msg: NodeMessage): void => {
        noteResult(RED, node, msg);
        if (maker.isShown && hasImages(msg)) show(node, maker, msg);
      };
      return {
        // Without a picture in the message nothing waits.
        accept: ({ msg, send, done }) => {
          if (settings.png !== 'none') return false;
          look(msg);
          send(msg);
          done();
          return true;
        },
        refused: ({ msg, send }) => send(msg),
        handle: async (work) => {
          if (hasImages(work.msg)) await addPng(work);
          if (work.stopped) return;
          look(work.msg);
          work.send(work.msg);
          status.clear();
        },
        closed: (removed) => maker.close(removed),
      };
    },
  });
};

/** Where the node is drawn: one in an instance of a subflow where the subflow has it. */
function placeOf(node: Node): string {
  const { _alias } = node as { _alias?: string };
  return _alias ?? node.id;
}

/** What is no sample, or one that failed, passes without a picture. */
function hasImages(msg: NodeMessage): boolean {
  return isSampleLike(msg.payload) && !isFailed(msg);
}

function show(node: Node, maker: ThumbnailMaker, msg: NodeMessage): void {
  try {
    const dice = peek(peek(msg, 'metrics'), 'dice');
    maker.pass({ sample: readSample(msg), dice: typeof dice === 'number' ? dice : null });
  } catch (error) {
    node.warn(`no preview: ${messageOf(error)}`);
  }
}

/** Draws `msg.png`. A picture that fails is a warning: the message goes on without it. */
async function addPng({ msg, settings, host, signal, node }: Work<PreviewSettings>): Promise<void> {
  const { png: style, longest } = settings;
  if (style === 'none') return;
  try {
    const input = overlayInput(readSample(msg), settings, { longest, style });
    Object.assign(msg, { png: await drawPng(host, input, signal) });
  } catch (error) {
    if (!signal.aborted) node.warn(`no picture: ${messageOf(error)}`);
  }
}
