import { checkModelName } from '../../src/models/model-name';
import { type EditorPage, icon, isGiven, isReadBy } from '../editor/page';
import type { TrainNodeSettings } from './settings';

const isModelName = isReadBy(checkModelName);

const OPEN_PAGE = `<div class="form-row segmenter-row">
  <button type="button" id="segmenter-open-trainings" class="red-ui-button segmenter-below-fields" data-i18n="[title]hint.openTrainings">${icon('external-link')} <span data-i18n="label.openTrainings"></span></button>
</div>`;

export const page: EditorPage<keyof TrainNodeSettings> = {
  name: 'train',
  color: '#87A980',
  outputs: 2,
  rows: [
    { html: OPEN_PAGE },
    {
      name: 'model',
      icon: 'cube',
      models: 'named',
      check: (value, { modelType }) => (modelType === 'str' ? isModelName(value) : isGiven(value)),
      reason: 'modelName',
    },
    { name: 'maxMinutes', icon: 'clock-o', reason: 'blankOrPositive' },
    { name: 'dimensions', icon: 'cubes' },
    { name: 'modelSize', icon: 'expand' },
    { name: 'startFrom', icon: 'cube', models: 'known' },
    { name: 'compute', icon: 'microchip', config: 'segmenter-compute' },
    {
      section: 'advanced',
      rows: [
        { name: 'levels', icon: 'sitemap' },
        { name: 'epochs', icon: 'repeat', reason: 'blankOrWhole1' },
        { name: 'validation', icon: 'check-square-o', reason: 'blankOrFraction' },
        { name: 'batchSize', icon: 'bars', reason: 'whole1' },
        { name: 'learningRate', icon: 'line-chart', reason: 'learningRate' },
        { name: 'loss', icon: 'minus-square-o' },
        { name: 'patience', icon: 'hourglass-half', reason: 'blankOrWhole1' },
        { name: 'augment' },
        { name: 'tiles', icon: 'th-large' },
        { name: 'seed', icon: 'random', reason: 'whole0' },
      ],
    },
  ],
  opened: (node, { $, open }) => {
    // Relative to the editor, wherever a proxy serves it.
    const asked = new URLSearchParams({ node: node.id });
    if (node.modelType === 'str' && typeof node.model === 'string' && node.model !== '') asked.set('model', node.model);
    $('#segmenter-open-trainings').on('click', () => open(`segmenter/trainings/?${asked}`));
  },
};
