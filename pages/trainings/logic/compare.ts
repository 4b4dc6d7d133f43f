import type { TrainingFile } from '../../../src/models/training-file';

/** A row of the table in which trainings are compared. */
export interface ComparedRow {
  /** a setting's name, or that of a fact */
  name: string;
  values: string[];
  differs: boolean;
}

type Facts = Pick<TrainingFile, 'settings' | 'network' | 'data' | 'minutes' | 'startedFrom' | 'computedBy' | 'stages'>;

/** What trainings were given to learn from, and their settings; the model's name is above the table. */
export function compareSettings(trainings: readonly Facts[]): ComparedRow[] {
  const names = [...new Set(trainings.flatMap(({ settings }) => Object.keys(settings)))].filter(
    (name) => name !== 'model',
  );
  const facts: Array<[string, (training: Facts) => unknown]> = [
    ['images', ({ data }) => data.images],
    ['validationImages', ({ data }) => data.validationImages],
    ['folds', ({ data }) => data.folds],
    ['failed', ({ data }) => data.failed],
    ['patch', ({ network }) => network.patch.join(' × ')],
    ['parameters', ({ network }) => network.parameters],
    ['startedFrom', ({ startedFrom }) => startedFrom],
    ['computedBy', ({ computedBy }) => computedBy],
  ];
  const rows = [
    ...facts.map(([name, of]) => row(name, trainings.map(of))),
    ...names.map((name) =>
      row(
        name,
        trainings.map(({ settings }) => settings[name]),
      ),
    ),
  ];
  return rows.filter(({ values }) => values.some((value) => value !== '–' && value !== '0'));
}

function row(name: string, given: readonly unknown[]): ComparedRow {
  const values = given.map(shown);
  return { name, values, differs: new Set(values).size > 1 };
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
