import type { Browser, EditedNode } from '../editor/browser';
import { OPEN_PAGE, opensResults } from '../editor/open-page';
import { type EditorPage, isReadBy, type SettingNames } from '../editor/page';
import { parseChannels } from './channels';
import type { PreviewSettings } from './settings';

export const page: EditorPage<SettingNames<PreviewSettings>> = {
  name: 'preview',
  color: '#A6BBCF',
  button: { toggle: 'shown', clicked: tellShown },
  rows: [
    OPEN_PAGE,
    { name: 'image', icon: 'picture-o', images: ['', 'mask', 'labels', 'probability', 'seg1', 'seg2', 'target'] },
    { name: 'compare' },
    { name: 'plane', icon: 'clone' },
    {
      name: 'planeNumber',
      icon: 'sort-numeric-asc',
      reason: 'whole0',
      shownFor: { field: 'plane', values: ['given'] },
    },
    { name: 'png', icon: 'file-image-o' },
    { name: 'longest', icon: 'arrows-h', reason: 'longest', shownFor: { field: 'png', values: ['overlay', 'plain'] } },
    {
      section: 'advanced',
      rows: [
        { name: 'shown' },
        { name: 'width', icon: 'arrows-h', reason: 'width' },
        { name: 'timePoint', icon: 'clock-o', reason: 'whole0' },
        { name: 'channels', icon: 'adjust', check: isReadBy(parseChannels), reason: 'channels' },
      ],
    },
  ],
  opened: opensResults,
};

/** Has the running node do at once what its button says; the flow keeps it when it is deployed. */
function tellShown(node: EditedNode, { $, notify, changed }: Browser): void {
  changed(node, { shown: !node.shown });
  const failed = (answer: { status?: number; responseJSON?: { message?: string } }) => {
    // One that is not deployed yet has nothing to do.
    if (answer.status !== 404) notify(answer.responseJSON?.message ?? node._('canvas.noAnswer'));
  };
  $.getJSON<{ token: string }>('segmenter/token')
    .done(({ token }) => {
      $.ajax({
        url: `segmenter/preview/${encodeURIComponent(node.id)}/shown`,
        method: 'POST',
        headers: { 'x-segmenter': token, 'content-type': 'application/json' },
        data: JSON.stringify({ shown: node.shown }),
      }).fail(failed);
    })
    .fail(failed);
}
