import { totalmem } from 'node:os';
import { describeUnusable, type EngineChoice, nameOf } from './choice';
import type { EngineChooser } from './chooser';
import { describeMachine, type Machine } from './machine';
import type { Trial } from './trial-memory';

/** Every engine and device of this machine: how it is and how quick. JSON-safe. */
export interface EngineSurvey {
  machine: Machine & { memoryMB: number };
  trials: Trial[];
  /** what an open choice takes for each kind of work; null: nothing works */
  auto: { predict: EngineChoice | null; train: EngineChoice | null };
  /** other work ran meanwhile: speeds may be low, and an open choice is not made from them */
  disturbed: boolean;
}

/**
 * Tries everything anew; an open choice is made from the results from then on, unless other work disturbed them.
 * @param isBusy whether other work runs
 * @throws CancelledError
 */
export async function surveyEngines(
  chooser: EngineChooser,
  isBusy: () => boolean,
  signal?: AbortSignal,
): Promise<EngineSurvey> {
  let disturbed = isBusy();
  const trials = await chooser.survey(() => {
    disturbed ||= isBusy();
    return !disturbed;
  }, signal);
  return {
    machine: { ...(await describeMachine()), memoryMB: Math.round(totalmem() / 2 ** 20) },
    trials,
    auto: { predict: chooser.fromTrials(trials, 'predict'), train: chooser.fromTrials(trials, 'train') },
    disturbed,
  };
}

/** Whether anything works. */
export function isUsable({ trials }: EngineSurvey): boolean {
  return trials.some(({ outcome }) => outcome.state === 'working');
}

/** A survey as lines for a terminal. */
export function surveyText({ machine, trials, auto, disturbed }: EngineSurvey): string {
  const { cpu, cores, memoryMB, gpus, driver, versions, environment } = machine;
  const facts = [
    ['processor', `${cpu}, ${cores} threads, ${Math.round(memoryMB / 1024)} GB of memory`],
    ...gpus.map((gpu) => ['graphics', gpu]),
    ...(driver ? [['driver', `NVIDIA ${driver}`]] : []),
    ['package', `${versions.package} on Node.js ${versions.node}`],
    ['engines', enginesOf(versions)],
    ...Object.entries(environment).map(([name, value]) => ['variable', `${name}=${value}`]),
  ];
  const name = Math.max(...trials.map((trial) => nameOf(trial).length));
  return [
    ...facts.map(([what, words]) => `${what.padEnd(10)} ${words}`),
    '',
    `${' '.repeat(name)}  predict 2D / 3D, Mpixel/s   train 2D / 3D, steps/s`,
    ...trials.map((trial) => `${nameOf(trial).padEnd(name)}  ${describe(trial)}`),
    '',
    `auto predicts with ${auto.predict?.reason ?? 'nothing: no engine works'}`,
    `auto trains with ${auto.train?.reason ?? 'nothing: no engine works'}`,
    ...(disturbed ? ['Other work ran meanwhile: the speeds may be low, and auto does not use them.'] : []),
  ].join('\n');
}

function enginesOf(versions: Machine['versions']): string {
  const names = ['onnxruntime-node', '@tensorflow/tfjs-node-gpu'] as const;
  return names.map((name) => `${name} ${versions[name] ?? 'is not installed'}`).join(', ');
}

function describe({ outcome }: Trial): string {
  if (outcome.state !== 'working') return describeUnusable(outcome);
  const { predict2d, predict3d, train2d, train3d } = outcome.speeds;
  const rate = (speed: number | null, unit: number) =>
    speed === null ? '-' : String(Number((speed / unit).toPrecision(3)));
  const predict = `${rate(predict2d, 1e6)} / ${rate(predict3d, 1e6)}`;
  return `${predict.padEnd(27)} ${rate(train2d, 1)} / ${rate(train3d, 1)}`;
}
