import type { ModelFacts, VersionFacts } from '../../../src/models/inventory';
import type { ModelChange } from '../../../src/models/model-changes';
import type { ChangeAnswer, ModelsAnswer, ModelUse } from '../../admin/tab-api';
import { dateText, diceText } from '../formats';
import { factsOf } from './card-facts';
import type { TabContext } from './context';
import { button, h, icon, redraw } from './dom';
import { labelOf } from './editor';
import { askForExport } from './export-form';
import { askForName } from './rename-form';
import { openReport } from './report-tab';

/** What a model's card says, version by version, where its nodes are, and what can be done with it. */
export class ModelCard {
  readonly element: HTMLElement;
  private readonly choice: HTMLSelectElement;
  private readonly body = h('div');
  private readonly actions = h('div', { class: 'segmenter-actions' });
  private readonly form = h('div', { class: 'segmenter-ask', hidden: true });
  private shown = '';
  private model: ModelFacts | null = null;
  private answer: ModelsAnswer | null = null;

  /** @param refresh asks for the models anew */
  constructor(
    private readonly context: TabContext,
    private readonly name: string,
    private readonly refresh: () => Promise<void>,
  ) {
    const { text } = context;
    this.choice = h('select', {
      attributes: { 'aria-label': text('card.version') },
      on: { change: () => this.draw() },
    });
    this.element = h('div', {}, this.choice, this.body, this.actions, this.form);
  }

  show(model: ModelFacts, answer: ModelsAnswer): void {
    const { uses, training, mayWrite } = answer;
    const own = uses.filter(({ model: used }) => used === this.name);
    const names = answer.models.map(({ name }) => name);
    const now = JSON.stringify([model, own, training.includes(this.name), mayWrite, names]);
    if (now === this.shown) return;
    this.shown = now;
    this.model = model;
    this.answer = answer;
    this.drawChoice(model);
    this.draw();
  }

  private drawChoice({ versions, means }: ModelFacts): void {
    const { text } = this.context;
    const chosen = this.choice.value || means;
    redraw(
      this.choice,
      ...versions.map(({ version, card }) => {
        const date = card ? dateText(card.created) : '';
        const dice = diceText(card?.expected?.dice ?? card?.validationDice ?? null);
        const worse = card?.isWorse ? `, ${text('models.worse')}` : '';
        const words = card ? text('card.option', { version, date, dice }) : text('card.optionDamaged', { version });
        return h('option', { text: words + worse, attributes: { value: version } });
      }),
    );
    this.choice.value = versions.some(({ version }) => version === chosen) ? chosen : means;
    this.choice.hidden = versions.length < 2;
  }

  private draw(): void {
    const { model, answer } = this;
    const version = model?.versions.find((one) => one.version === this.choice.value);
    if (!model || !answer || !version) return;
    redraw(this.body, this.facts(model, version, answer));
    redraw(this.actions, ...this.buttons(model, version, answer));
  }

  private facts(model: ModelFacts, version: VersionFacts, answer: ModelsAnswer): HTMLElement {
    const { text } = this.context;
    const lines = factsOf(version, text).flatMap(({ label, value }) => [
      h('dt', { text: label }),
      h('dd', { text: value }),
    ]);
    const isOther = version.version !== model.means;
    const { chosen } = model;
    return h(
      'div',
      {},
      version.problem !== null && h('p', { class: 'segmenter-problem', text: version.problem }),
      isOther &&
        version.card?.isWorse === true &&
        h('p', { class: 'segmenter-problem', text: text('models.means', { version: model.means }) }),
      chosen !== null &&
        h('p', {
          class: 'segmenter-chosen',
          text: text('card.chosen', { version: chosen.version, date: dateText(chosen.at), why: chosen.why }),
        }),
      h('dl', {}, ...lines, h('dt', { text: text('card.uses') }), h('dd', {}, ...this.uses(answer))),
    );
  }

  private uses({ uses }: ModelsAnswer): Node[] {
    const { text, RED } = this.context;
    const own = uses.filter(({ model }) => model === this.name);
    if (own.length === 0) return [h('span', { text: text('card.unused') })];
    return own.map((use) => {
      const words = this.useText(use);
      if (!RED.nodes.node(use.id)) return h('div', { text: words });
      const attributes = { type: 'button', 'data-key': `use ${use.id} ${use.property}` };
      const onclick = () => RED.view.reveal(use.id);
      const link = { class: 'segmenter-link', text: words, title: text('jobs.showNode'), attributes };
      return h('div', {}, h('button', { ...link, on: { click: onclick } }));
    });
  }

  private useText(use: ModelUse): string {
    const { text, RED } = this.context;
    const flow = RED.nodes.workspace(use.flow)?.label ?? use.flow;
    return text('card.use', { node: labelOf(RED, use), flow });
  }

  private buttons(model: ModelFacts, { version, card }: VersionFacts, answer: ModelsAnswer): Node[] {
    const { versions } = model;
    const { text, server } = this.context;
    const name = `${this.name}@${version}`;
    const save = (file: string, extension: string) => () =>
      this.context.attempt(async () => {
        const query = new URLSearchParams({ name: this.name, version, file });
        await server.download(`models/file?${query}`, `${this.name}-${version}.${extension}`);
        return null;
      });
    const training = h(
      'a',
      {
        class: 'red-ui-button red-ui-button-small',
        title: text('card.showTrainingHint'),
        attributes: {
          href: `segmenter/trainings/?run=${encodeURIComponent(name)}`,
          ...{ target: '_blank', rel: 'noopener', 'data-key': 'training' },
        },
      },
      icon('line-chart'),
      ` ${text('card.showTraining')}`,
    );
    const report = () =>
      this.context.attempt(() =>
        openReport(server, `reports/model/${[this.name, version].map(encodeURIComponent).join('/')}`),
      );
    const looking = [
      training,
      button(text('card.report'), report, {
        ...{ key: 'report', sign: 'file-text-o', title: text('card.reportHint'), disabled: !card },
      }),
      button(text('card.saveNetwork'), save('model.onnx', 'onnx'), {
        ...{ key: 'network', sign: 'download', title: text('card.saveNetworkHint'), disabled: !card },
      }),
      button(text('card.saveCard'), save('model.json', 'json'), {
        ...{ key: 'card', sign: 'download', title: text('card.saveCardHint') },
      }),
      button(text('export.ask'), () => this.askExport(version), {
        ...{ key: 'export', sign: 'share', title: text('export.askHint'), disabled: !card },
      }),
    ];
    if (!answer.mayWrite) return looking;
    const isBusy = answer.training.includes(this.name);
    const title = isBusy ? text('card.busy') : undefined;
    const changes = [
      ...this.choosing(model, version),
      button(text('card.rename'), () => this.askRename(), { key: 'rename', sign: 'pencil', title, disabled: isBusy }),
      button(text('card.delete', { version }), () => this.askDelete(version), { key: 'delete', sign: 'trash' }),
      versions.length > 1 &&
        button(text('card.deleteAll'), () => this.askDelete(null), {
          ...{ key: 'delete-all', sign: 'trash', title, disabled: isBusy },
        }),
    ];
    return [...looking, ...changes.filter((one) => one !== false)];
  }

  /** What the name means is changed by one click: the next image is predicted with it. */
  private choosing({ means, before, chosen }: ModelFacts, version: string): Array<Node | false> {
    const { text } = this.context;
    const choose = (to: string | null, words: string) => () =>
      this.change({ do: 'choose', name: this.name, version: to, why: text('card.byPerson') }, words);
    const used = (to: string) => choose(to, text('card.nowUsed', { name: this.name, version: to }));
    return [
      before !== null &&
        button(text('card.goBack', { version: before }), used(before), {
          ...{ key: 'back', sign: 'undo', title: text('card.goBackHint', { version: before }) },
        }),
      version !== means &&
        version !== before &&
        button(text('card.choose', { version }), used(version), {
          ...{ key: 'choose', sign: 'check', title: text('card.chooseHint', { name: this.name, version }) },
        }),
      chosen !== null &&
        button(text('card.free'), choose(null, text('card.freed', { name: this.name })), {
          ...{ key: 'free', sign: 'unlock', title: text('card.freeHint', { name: this.name }) },
        }),
    ];
  }

  private askExport(version: string): void {
    this.open(
      askForExport(this.context, this.name, version, () => this.close('export')),
      'export',
    );
  }

  private askRename(): void {
    const { text } = this.context;
    const taken = (this.answer?.models ?? []).map(({ name }) => name);
    const asked = askForName(
      { text, name: this.name, taken, warning: this.usesWarning(null) },
      (to) => {
        const words = text('card.renamed', { name: this.name, to });
        this.change({ do: 'rename', name: this.name, to }, words);
      },
      () => this.close('rename'),
    );
    this.open(asked, 'rename');
  }

  private askDelete(version: string | null): void {
    const { text } = this.context;
    const model = version === null ? this.name : `${this.name}@${version}`;
    const words = version === null ? text('card.deleteAll') : text('card.delete', { version });
    const onlyOne = this.model?.versions.length === 1;
    const yes = button(words, () => {
      this.change({ do: 'delete', name: this.name, version }, text('card.deleted', { model }));
    });
    const no = button(text('card.cancel'), () => this.close('delete'));
    const warning = this.usesWarning(onlyOne ? null : version);
    const known = warning ? [h('p', {}, icon('warning'), ` ${warning}`)] : [];
    this.open([h('p', { text: text('card.askDelete', { model }) }), ...known, yes, no], 'delete');
    no.focus();
  }

  /** The nodes that will not find the model any more. @param version null: all of it goes */
  private usesWarning(version: string | null): string | null {
    const { text } = this.context;
    const lost = (this.answer?.uses ?? []).filter(
      (use) => use.model === this.name && (version === null || use.version === version),
    );
    if (lost.length === 0) return null;
    return text('card.usedBy', { nodes: lost.map((use) => this.useText(use)).join(', ') });
  }

  private open(parts: Node[], back: string): void {
    redraw(this.form, ...parts);
    // An `onkeydown` that returns false keeps the key from the field.
    this.form.onkeydown = ({ key }) => {
      if (key === 'Escape') this.close(back);
    };
    this.form.hidden = false;
    this.form.querySelector('input')?.select();
  }

  private close(back: string): void {
    this.form.hidden = true;
    this.actions.querySelector<HTMLElement>(`[data-key="${back}"]`)?.focus();
  }

  private change(change: ModelChange, words: string): void {
    this.form.hidden = true;
    this.context.attempt(async () => {
      const { warnings } = await this.context.server.change<ChangeAnswer>('models/change', change);
      await this.refresh();
      return [words, ...warnings].join('. ');
    });
  }
}
