import type { EngineSurvey } from '../../src/jobs/job-types';
import type { EditedNode, Elements, Query, Request } from '../editor/browser';

type Text = (key: string, values?: Record<string, unknown>) => string;

/** the request of the dialog that is open: there is one at a time */
let asking: Request<unknown> | null = null;

export function stopAsking(): void {
  asking?.abort();
  asking = null;
}

/** Has every engine and device tried and shows how each is, until it is closed. */
export function tryDevices(node: EditedNode, $: Query): void {
  stopAsking();
  const place = $('#segmenter-devices').empty().show();
  const text: Text = (key, values) => node._(`devices.${key}`, values);
  const line = (words: string) => $('<div>').text(words).appendTo(place);
  const closeButton = () =>
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(text('close'))
      .on('click', () => {
        stopAsking();
        place.empty().hide();
        $('#segmenter-try-devices').trigger('focus');
      })
      .appendTo(place);
  const show = (survey: EngineSurvey) => {
    place.empty();
    showTrials(survey.trials, place, text, $);
    for (const words of linesOf(survey, text)) line(words);
    closeButton();
  };
  const failed = (answer: { responseJSON?: { message?: string } }, how: string) => {
    if (how === 'abort') return;
    place.empty();
    line(answer.responseJSON?.message ?? text('noAnswer'));
    closeButton();
  };

  line(text('trying')).prepend('<i class="fa fa-spinner fa-spin segmenter-waiting" aria-hidden="true"></i>');
  closeButton();
  asking = $.getJSON<{ token: string }>('segmenter/token')
    .done(({ token }) => {
      const headers = { 'x-segmenter': token };
      asking = $.ajax<EngineSurvey>({ url: 'segmenter/compute/devices', method: 'POST', headers })
        .done(show)
        .fail(failed);
    })
    .fail(failed);
}

function showTrials(trials: EngineSurvey['trials'], place: Elements, text: Text, $: Query): void {
  const cells = (row: Elements, element: string, words: readonly string[]) => {
    for (const one of words) $(element).text(one).appendTo(row);
  };
  const all = $('<table>').appendTo(place);
  $('<caption>').text(text('caption')).appendTo(all);
  const head = $('<tr>').appendTo($('<thead>').appendTo(all));
  const headings = ['backend', 'state', 'predict', 'train'].map((key) => text(key));
  cells(head, '<th scope="col">', headings);
  const body = $('<tbody>').appendTo(all);
  for (const { engine, device, outcome } of trials) {
    const row = $('<tr>').appendTo(body);
    cells(row, '<th scope="row">', [text('name', { engine, device })]);
    if (outcome.state === 'working') {
      const { predict2d, predict3d, train2d, train3d } = outcome.speeds;
      const megapixels = [predict2d, predict3d].map((speed) => rate(speed, 1e6));
      const steps = [train2d, train3d].map((speed) => rate(speed, 1));
      cells(row, '<td>', [text(outcome.state), megapixels.join(' / '), steps.join(' / ')]);
    } else {
      const { state, reason, remedy } = outcome;
      cells(row, '<td colspan="3">', [[`${text(state)}: ${reason}`, remedy].filter(Boolean).join('; ')]);
    }
  }
}

/** What is chosen where the choice is open, and of what the machine consists. */
function linesOf({ machine, auto, disturbed }: EngineSurvey, text: Text): string[] {
  const { cpu, cores, memoryMB, gpus, driver, versions } = machine;
  const works = ['predict', 'train'] as const;
  return [
    ...works.map((work) => text(`auto.${work}`, { reason: auto[work]?.reason ?? text('nothing') })),
    ...(disturbed ? [text('disturbed')] : []),
    text('machine', { cpu, cores, memory: Math.round(memoryMB / 1024) }),
    ...gpus.map((gpu) => (driver ? text('gpu', { gpu, driver }) : gpu)),
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version ?? text('absent')}`)
      .join(', '),
  ];
}

/** Three digits of a speed. */
function rate(speed: number | null, unit: number): string {
  return speed === null ? '-' : String(Number((speed / unit).toPrecision(3)));
}
