import { checkModelName } from '../../src/models/model-name';
import { OPEN_PAGE, opensPage } from '../editor/open-page';
import { type EditorPage, isGiven, isReadBy } from '../editor/page';
import type { TrainNodeSettings } from './settings';

const isModelName = isReadBy(checkModelName);

export const page: EditorPage<keyof TrainNodeSettings> = {
  name: 'train',
  color: '#87A980',
  outputs: 2,
  rows: [
    OPEN_PAGE,
    {
      name: 'model',
      icon: 'cube',
      models: 'named',
      check: (value, { modelType }) => (modelType === 'str' ? isModelName(value) : isGiven(value)),
      reason: 'modelName',
    },
    { name: 'maxMinutes', icon: 'clock-o', reason: 'blankOrPositive' },
    { name: 'dimensions', icon: 'cubes' },
    { name: 'objects', icon: 'object-ungroup' },
    { name: 'modelSize', icon: 'expand' },
    { name: 'startFrom', icon: 'cube', models: 'known' },
    { name: 'takesOver' },
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
        { name: 'starter', icon: 'play' },
        { name: 'augment' },
        { name: 'tiles', icon: 'th-large' },
        { name: 'seed', icon: 'random', reason: 'whole0' },
      ],
    },
  ],
  opened: opensPage(({ id, model, modelType }) => {
    const isName = modelType === 'str' && typeof model === 'string' && model !== '';
    return `segmenter/trainings/?${new URLSearchParams({ node: id, ...(isName ? { model } : {}) })}`;
  }),
};
