import { h } from '../../shared/ui/dom';
import type { Store } from './state';
import { percent } from './strip';
import { say } from './texts';

/** The name of the sample and what is known of how good it is. */
export function metricsPanel(store: Store): HTMLElement {
  const name = h('h2', { class: 'image-name' });
  const table = h('dl', { class: 'metrics' });
  store.watch(
    (s) => [s.image, s.openId, s.content],
    (image, openId, content) => {
      const row = content?.rows.find(({ id }) => id === openId);
      name.textContent = row?.sample ?? say('noImage');
      const { dice, predictedDice, uncertainty, unlike, threshold } = row?.metrics ?? {};
      const size = image?.id === openId ? image?.pictures.raw.shape : undefined;
      const lines: Array<[string, string | HTMLElement] | false> = [
        dice !== undefined && [say('metric.dice'), dice.toFixed(4)],
        predictedDice !== undefined && [say('metric.predicted'), predictedDice.toFixed(3)],
        uncertainty !== undefined && [say('metric.uncertainty'), say('percent', { value: percent(uncertainty) })],
        unlike !== undefined && [say('metric.looks'), say(unlike ? 'metric.unlike' : 'metric.alike')],
        row?.model != null && [say('metric.model'), trainingLink(row.model)],
        threshold !== undefined && [say('metric.threshold'), String(Number(threshold.toFixed(6)))],
        size !== undefined && [say('metric.size'), sizeText(size)],
      ];
      table.replaceChildren(
        ...lines.flatMap((line) => (line ? [h('dt', { text: line[0] }), h('dd', {}, line[1])] : [])),
      );
    },
  );
  return h('section', { class: 'card', attributes: { 'aria-label': say('metrics') } }, name, table);
}

/** Leads to the training that made a model. @param model name@version */
function trainingLink(model: string): HTMLElement {
  return h('a', {
    text: model,
    title: say('metric.modelTitle'),
    attributes: { href: `../trainings/?run=${encodeURIComponent(model)}`, target: '_blank', rel: 'noopener' },
  });
}

/** Width first, as people say it; what there is one of is left out. */
function sizeText([t, c, z, y, x]: readonly number[]): string {
  const parts = [
    say('size.plane', { x, y }),
    z > 1 && say('size.planes', { count: z }),
    t > 1 && say('size.times', { count: t }),
    c > 1 && say('size.channels', { count: c }),
  ];
  return parts.filter(Boolean).join(', ');
}
