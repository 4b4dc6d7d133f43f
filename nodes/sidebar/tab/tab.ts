import type { FailedAnswer, JobsAnswer, MachinesAnswer, ModelsAnswer } from '../../admin/tab-api';
import { BinSection } from './bin-section';
import type { TabContext } from './context';
import { h } from './dom';
import type { Editor, JQuery, Text } from './editor';
import { FailedSection } from './failed-section';
import { JobsSection } from './jobs-section';
import { LogSection } from './log-section';
import { MachinesSection } from './machines-section';
import { ModelsSection } from './models-section';
import { PagesSection } from './pages-section';
import { Refused, Server } from './server';

/** While something runs, while nothing does, and until the tab is looked at: then nothing is asked. Milliseconds. */
const BUSY_MS = 1000;
const IDLE_MS = 3000;
const HIDDEN_MS = 500;
/** What failed does not change as often as what runs. */
const FAILED_MS = 3000;

/** The tab "Segmentation": what runs, the models, the pages. It asks Node-RED only while somebody can see it. */
export class SegmentationTab {
  readonly element: HTMLElement;
  private readonly context: TabContext;
  private readonly jobs: JobsSection;
  private readonly kept: FailedSection;
  private readonly keptPlace: HTMLElement;
  private keptAsked = 0;
  private readonly machines: MachinesSection;
  private readonly machinesPlace: HTMLElement;
  private readonly models: ModelsSection;
  private readonly bin: BinSection;
  private readonly pages: PagesSection;
  private readonly log: LogSection;
  private readonly said: HTMLElement;
  private readonly failed: HTMLElement;
  private readonly readOnly: HTMLElement;
  private isSeen = false;
  /** ids of the trainings that ran when it was asked last */
  private trainings: number[] = [];

  constructor(RED: Editor, $: JQuery, text: Text) {
    const server = new Server($, () => text('tab.noAnswer'));
    this.context = { RED, text, server, attempt: (work) => void this.attempt(work) };
    this.jobs = new JobsSection(this.context, () => void this.askJobs());
    this.kept = new FailedSection(this.context, () => this.askFailed());
    this.keptPlace = section('failed', text('failed.title'), this.kept.element);
    this.keptPlace.hidden = true;
    this.machines = new MachinesSection(this.context);
    this.machinesPlace = section('machines', text('machines.title'), this.machines.element);
    this.machinesPlace.hidden = true;
    this.models = new ModelsSection(this.context, () => this.askModels());
    this.bin = new BinSection(this.context, () => this.askModels());
    this.pages = new PagesSection(this.context);
    this.log = new LogSection(this.context);
    this.said = h('p', { class: 'segmenter-said', attributes: { role: 'status' } });
    this.failed = h('p', { class: 'segmenter-failed', attributes: { role: 'alert' } });
    this.readOnly = h('p', { class: 'segmenter-none', text: text('tab.readOnly'), hidden: true });
    this.element = h(
      'div',
      { class: 'segmenter-tab' },
      this.readOnly,
      this.failed,
      this.said,
      section('jobs', text('jobs.title'), this.jobs.element),
      this.keptPlace,
      this.machinesPlace,
      section('models', text('models.title'), this.models.element, this.bin.element),
      section('pages', text('pages.title'), this.pages.element),
      section('log', text('log.title'), this.log.element),
    );
  }

  /** Begins to look whether somebody looks. */
  start(): void {
    const tick = async () => {
      const delay = await this.look();
      setTimeout(tick, delay);
    };
    void tick();
    this.context.RED.events.on('deploy', () => {
      if (this.isSeen) void this.askModels();
    });
  }

  /** @returns milliseconds until the next look */
  private async look(): Promise<number> {
    const isSeen = !document.hidden && this.element.offsetParent !== null;
    const hasCome = isSeen && !this.isSeen;
    this.isSeen = isSeen;
    if (!isSeen) return HIDDEN_MS;
    this.pages.show();
    if (hasCome) {
      void this.askModels();
      void this.pages.askReports();
    }
    if (hasCome || Date.now() - this.keptAsked >= FAILED_MS) {
      void this.askFailed();
      void this.log.ask();
      void this.askMachines();
    }
    const running = await this.askJobs();
    return running > 0 ? BUSY_MS : IDLE_MS;
  }

  /** @returns how many jobs run or wait */
  private async askJobs(): Promise<number> {
    try {
      const answer = await this.context.server.get<JobsAnswer>('jobs');
      this.jobs.show(answer);
      this.readOnly.hidden = answer.mayWrite;
      const trainings = answer.jobs.filter(({ job }) => job === 'train').map(({ id }) => id);
      const hasChanged = trainings.join() !== this.trainings.join();
      this.trainings = trainings;
      if (hasChanged) await this.askModels();
      else this.tellFailure(null);
      return answer.jobs.length;
    } catch (error) {
      this.tellFailure(error);
      return 0;
    }
  }

  /** Who may not see what failed sees the rest. */
  private async askFailed(): Promise<void> {
    this.keptAsked = Date.now();
    const answer = await this.context.server.get<FailedAnswer>('failed').catch(() => null);
    if (answer) this.keptPlace.hidden = !this.kept.show(answer);
  }

  private async askMachines(): Promise<void> {
    const answer = await this.context.server.get<MachinesAnswer>('machines').catch(() => null);
    if (answer) this.machinesPlace.hidden = !this.machines.show(answer);
  }

  private async askModels(): Promise<void> {
    try {
      const answer = await this.context.server.get<ModelsAnswer>('models');
      this.models.show(answer);
      this.bin.show(answer);
      this.tellFailure(null);
    } catch (error) {
      this.tellFailure(error);
    }
  }

  private async attempt(work: () => Promise<string | null>): Promise<void> {
    try {
      const words = await work();
      if (words !== null) tell(this.said, words);
      tell(this.failed, '');
    } catch (error) {
      tell(this.said, '');
      tell(this.failed, messageOf(error));
    }
  }

  /** Of what is asked again and again only what is new is told. */
  private tellFailure(error: unknown): void {
    if (error === null) {
      if (this.failed.dataset.asking) tell(this.failed, '');
      delete this.failed.dataset.asking;
      return;
    }
    this.failed.dataset.asking = 'yes';
    const isForbidden = error instanceof Refused && (error.status === 401 || error.status === 403);
    tell(this.failed, isForbidden ? this.context.text('tab.notAllowed') : messageOf(error));
  }
}

function section(name: string, title: string, ...parts: HTMLElement[]): HTMLElement {
  const id = `segmenter-section-${name}`;
  return h(
    'section',
    { attributes: { 'aria-labelledby': id } },
    h('h3', { text: title, attributes: { id } }),
    ...parts,
  );
}

function tell(place: HTMLElement, words: string): void {
  if (place.textContent !== words) place.textContent = words;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
