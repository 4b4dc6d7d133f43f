import type { ModelFacts } from '../../../src/models/inventory';
import type { ModelsAnswer } from '../../admin/tab-api';
import { dateText, diceText } from '../formats';
import type { TabContext } from './context';
import { button, h, Rows, type RowView, redraw } from './dom';
import { ImportForm } from './import-form';
import { ModelCard } from './model-card';

/** So many models are found by looking. */
const FEW = 8;
/** `a-2` comes before `a-10`. */
const ORDER = new Intl.Collator(undefined, { numeric: true });

/** The models of this Node-RED, by name; a click shows the card of one in its place. */
export class ModelsSection {
  readonly element: HTMLElement;
  private readonly rows: Rows<ModelFacts>;
  private readonly none: HTMLElement;
  private readonly filter: HTMLInputElement;
  private readonly tools: HTMLElement;
  private readonly count: HTMLElement;
  private readonly taking: HTMLButtonElement;
  private readonly importing: ImportForm;
  private answer: ModelsAnswer | null = null;

  /** @param refresh asks for the models anew */
  constructor(
    private readonly context: TabContext,
    private readonly refresh: () => Promise<void>,
  ) {
    const { text } = context;
    const list = h('ul', { class: 'segmenter-list' });
    this.none = h('p', { class: 'segmenter-none', text: text('models.looking') });
    this.filter = h('input', {
      hidden: true,
      attributes: { type: 'search', placeholder: text('models.filter'), 'aria-label': text('models.filter') },
      on: { input: () => this.draw() },
    });
    const again = button('', () => void refresh(), { sign: 'refresh', title: text('models.refresh') });
    again.setAttribute('aria-label', text('models.refresh'));
    this.count = h('span', { class: 'segmenter-facts' });
    this.importing = new ImportForm(context, refresh);
    const hint = { key: 'import', sign: 'upload', title: text('import.askHint') };
    this.taking = button(text('import.ask'), () => this.importing.toggle(), hint);
    this.taking.hidden = true;
    this.tools = h('div', { class: 'segmenter-tools' }, this.filter, this.count, again, this.taking);
    this.element = h('div', {}, this.tools, this.importing.element, list, this.none);
    this.rows = new Rows(
      list,
      ({ name }) => name,
      (model) => this.row(model),
    );
  }

  show(answer: ModelsAnswer): void {
    this.answer = answer;
    this.taking.hidden = !answer.mayWrite;
    this.draw();
  }

  private draw(): void {
    const { text } = this.context;
    const models = [...(this.answer?.models ?? [])].sort((a, b) => ORDER.compare(a.name, b.name));
    const wanted = this.filter.value.trim().toLowerCase();
    const found = models.filter(({ name }) => name.toLowerCase().includes(wanted));
    this.filter.hidden = models.length <= FEW && wanted === '';
    this.count.textContent = models.length > 0 ? text('models.count', { count: models.length }) : '';
    this.rows.show(found);
    this.none.hidden = found.length > 0;
    this.none.textContent = text(models.length > 0 ? 'models.noneFound' : 'models.none');
  }

  private row(first: ModelFacts): RowView<ModelFacts> {
    const { name } = first;
    const id = `segmenter-model-${name}`;
    const place = h('div', { class: 'segmenter-card', hidden: true, attributes: { id } });
    let model = first;
    let card: ModelCard | null = null;
    const open = h('button', {
      class: 'segmenter-model',
      attributes: { type: 'button', 'aria-expanded': 'false', 'aria-controls': id },
      on: {
        click: () => {
          const isOpen = card === null;
          card = isOpen ? new ModelCard(this.context, name, this.refresh) : null;
          redraw(place, card?.element ?? null);
          if (this.answer) card?.show(model, this.answer);
          place.hidden = !isOpen;
          open.setAttribute('aria-expanded', String(isOpen));
        },
      },
    });
    let shown = '';
    const show = (now: ModelFacts) => {
      model = now;
      const { answer } = this;
      if (!answer) return;
      const isTraining = answer.training.includes(name);
      const key = JSON.stringify([now, isTraining]);
      if (key !== shown) redraw(open, ...this.heading(now, isTraining));
      shown = key;
      card?.show(now, answer);
    };
    return { element: h('li', {}, open, place), show };
  }

  private heading(model: ModelFacts, isTraining: boolean): Node[] {
    const { text } = this.context;
    const { name, means, versions } = model;
    const meant = versions.find(({ version }) => version === means) ?? versions[0];
    const { card } = meant;
    const dice = card?.expected?.dice ?? card?.validationDice ?? null;
    const words = [
      meant.version,
      card ? text('models.dice', { dice: diceText(dice) }) : text('models.damaged'),
      card && dateText(card.created),
      isTraining && text('models.training'),
    ].filter((word) => typeof word === 'string');
    return [
      h('span', { class: 'segmenter-name', text: name, title: name }),
      h('span', { class: 'segmenter-facts', text: words.join(' · ') }),
    ];
  }
}
