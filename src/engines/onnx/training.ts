import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { InvalidInputError } from '../../base/errors';
import type { Lowerings } from '../../graph/lowering/types';
import { buildStateCopy, ofStep, STATE_NAMES, type StepOptions } from '../../network/models';
import { stepInputs } from '../../network/optimiser';
import type { NetworkSpec } from '../../network/spec';
import type { Step, TrainingOptions, TrainingSession, TrainingState } from '../engine';
import { DataParallelStep, divideBatch } from './data-parallel-step';
import { createSession, onnxRuntime, runSession, type SessionSettings } from './session';
import { type StepForm, WholeStep } from './whole-step';

/** How a device trains. */
export interface TrainingForm {
  /** null: the device does not train at the precision that it was opened with */
  lowerings: Lowerings | null;
  /** steps in one graph: more than 1 where the state travels to the device and back with every call */
  stepsAtOnce: number;
  /** whether the state stays on the device from call to call */
  stateStays: boolean;
  /** whether several sessions that compute at the same time are quicker than one that has all threads */
  divides: boolean;
}

/** Builds the step's graph for one batch and patch size, and holds the state between steps. */
export async function createTraining(
  spec: NetworkSpec,
  options: TrainingOptions,
  start: TrainingState,
  settings: SessionSettings,
  form: TrainingForm,
): Promise<TrainingSession> {
  if (!form.lowerings) throw new InvalidInputError('precision', 'float32 for a training', 'float16');
  const keep = form.stateStays ? STATE_NAMES.map((name) => `next.${name}`) : [];
  const write = { ...options, lowerings: form.lowerings };
  const division = form.divides ? divideBatch(options.batchSize, settings.threads) : null;
  const divided = division && division.shares.length > 1;
  const step = divided ? await DataParallelStep.open(spec, write, division, settings) : new WholeStep(spec, write);
  const training = new OnnxTraining(spec, write, step, start, { ...settings, keep }, form.stepsAtOnce);
  try {
    await training.open();
  } catch (error) {
    await training.dispose();
    throw error;
  }
  return training;
}

class OnnxTraining implements TrainingSession {
  private readonly state = new Map<string, Tensor>();
  /** by the number of steps that they take: all at once, and single steps for what is left over */
  private readonly sessions = new Map<number, InferenceSession>();
  private reader: InferenceSession | null = null;
  private stepsDone: number;

  constructor(
    private readonly spec: NetworkSpec,
    private readonly options: StepOptions,
    private readonly form: StepForm,
    start: TrainingState,
    private readonly settings: SessionSettings,
    readonly stepsAtOnce: number,
  ) {
    this.stepsDone = start.step;
    for (const name of STATE_NAMES) this.state.set(name, vector(start[name]));
  }

  async open(): Promise<void> {
    await this.sessionFor(this.stepsAtOnce);
  }

  async steps(steps: Step[]): Promise<number[]> {
    if (steps.length === this.stepsAtOnce) return this.run(steps);
    const losses: number[] = [];
    for (const step of steps) losses.push(...(await this.run([step])));
    return losses;
  }

  private async run(steps: readonly Step[]): Promise<number[]> {
    const feeds: Record<string, Tensor> = Object.fromEntries(this.state);
    const { parameters } = feeds;
    for (const [place, step] of steps.entries()) {
      Object.assign(feeds, this.scalarsOf(step, place), await this.form.inputs(step.batch, place, parameters));
    }
    const session = await this.sessionFor(steps.length);
    const what = `training step ${this.stepsDone + 1}`;
    const results = await runSession(session, feeds, this.settings, what);
    for (const name of STATE_NAMES) {
      const before = this.state.get(name);
      this.state.set(name, results[`next.${name}`]);
      if (before && isOnDevice(before)) before.dispose();
    }
    this.stepsDone += steps.length;
    return this.form.losses(results, steps.length);
  }

  private scalarsOf({ learningRate, averageDecay }: Step, place: number): Record<string, Tensor> {
    const scalars = { ...stepInputs(this.stepsDone + place + 1, learningRate), averageDecay };
    const vectors = Object.entries(scalars).map(([name, value]) => [
      ofStep(name, place),
      vector(Float32Array.of(value)),
    ]);
    return Object.fromEntries(vectors);
  }

  async readState(): Promise<TrainingState> {
    const state = await this.stateOnHost();
    const copy = (name: (typeof STATE_NAMES)[number]) => Float32Array.from(state(name).data as Float32Array);
    return {
      step: this.stepsDone,
      parameters: copy('parameters'),
      average: copy('average'),
      firstMoment: copy('firstMoment'),
      secondMoment: copy('secondMoment'),
    };
  }

  /** What lies on the device goes through a session that leaves nothing there: the binding (1.30) aborts the process where it shall download a tensor. */
  private async stateOnHost(): Promise<(name: string) => Tensor> {
    const feeds = Object.fromEntries(this.state);
    if (!Object.values(feeds).some(isOnDevice)) return (name) => feeds[name];
    const settings = { ...this.settings, keep: [] };
    this.reader ??= await createSession(buildStateCopy(this.spec, this.options.lowerings), settings);
    const results = await runSession(this.reader, feeds, settings, 'reading the state');
    return (name) => results[`next.${name}`];
  }

  async dispose(): Promise<void> {
    for (const tensor of this.state.values()) if (isOnDevice(tensor)) tensor.dispose();
    this.state.clear();
    for (const session of this.sessions.values()) await session.release();
    this.sessions.clear();
    await this.reader?.release();
    await this.form.close();
  }

  private async sessionFor(steps: number): Promise<InferenceSession> {
    const known = this.sessions.get(steps);
    if (known) return known;
    const session = await createSession(this.form.model(steps), this.settings);
    this.sessions.set(steps, session);
    return session;
  }
}

function isOnDevice(tensor: Tensor): boolean {
  return tensor.location === 'gpu-buffer';
}

function vector(data: Float32Array): Tensor {
  return new (onnxRuntime().Tensor)('float32', data, [data.length]);
}
