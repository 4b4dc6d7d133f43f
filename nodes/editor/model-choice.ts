import type { ModelFacts } from '../../src/models/inventory';
import { checkModelName } from '../../src/models/model-name';
import { parseNamedModel, versionName, versionNumber } from '../../src/models/version-name';
import { dateText, diceText } from '../sidebar/formats';
import type { Browser, EditedNode, Elements, Offer, TypedInputType } from './browser';
import { fieldId, saidId, typeOf } from './fields';
import type { EditorPage, ModelUse, Row } from './page';

/** What a field says of a name: whether it will do, and what is known of its model. */
export interface Said {
  words: string;
  isRefused: boolean;
}

/**
 * The models of this Node-RED for a field that names one: they are offered while a person types and from a button, and what
 * is typed is said to be known, unknown or no name at all. Any text may stay.
 */
export class ModelChoice {
  /** null: not heard of, or whoever asks may not see them */
  private models: ModelFacts[] | null = null;

  /** @param heard called when the models are known */
  constructor(
    private readonly browser: Browser,
    private readonly use: ModelUse,
    heard: () => void,
  ) {
    browser.$.getJSON<{ models: ModelFacts[] }>('segmenter/models').done(({ models }) => {
      this.models = models;
      heard();
    });
  }

  /** Makes the type of a typed input whose text is a model's name. @param field that it writes into */
  type(field: Elements): TypedInputType {
    return {
      value: 'str',
      label: this.browser.text('choice.type'),
      icon: 'fa fa-cube',
      autoComplete: (value, done) => done(this.offers(value)),
      expand: () => this.browser.menu(field, this.offers(''), (name) => field.typedInput('value', name)),
    };
  }

  /** Says what is known of a text in the field. */
  say(text: string): Said {
    const { text: words } = this.browser;
    if (text === '' || /[\\/]|^file:|^\$\{/.test(text)) return { words: '', isRefused: false };
    let named: ReturnType<typeof parseNamedModel>;
    try {
      named = this.use === 'named' ? { name: checkModelName(text), version: null } : parseNamedModel(text);
    } catch {
      return { words: words(this.use === 'named' ? 'choice.badName' : 'choice.badModel'), isRefused: true };
    }
    if (!this.models) return { words: '', isRefused: false };
    const model = this.models.find(({ name }) => name === named.name);
    if (this.use === 'named') return { words: this.sayNext(model), isRefused: false };
    if (!model) return { words: words('choice.unknown'), isRefused: false };
    const [newest] = model.versions;
    const wanted = named.version ?? (named.isLatest ? newest.version : model.means);
    const found = model.versions.find(({ version }) => version === wanted);
    return { words: found ? this.facts(model, wanted) : words('choice.noVersion'), isRefused: false };
  }

  private sayNext(model: ModelFacts | undefined): string {
    const { text } = this.browser;
    if (!model) return text('choice.new');
    return text('choice.next', { version: versionName((versionNumber(model.versions[0].version) ?? 0) + 1) });
  }

  private offers(wanted: string): Offer[] {
    const { $ } = this.browser;
    const typed = wanted.trim().toLowerCase();
    const found = (this.models ?? []).filter(({ name }) => name.toLowerCase().includes(typed));
    return found.map((model) => {
      const label = $('<span class="segmenter-offer">');
      $('<span>').text(model.name).appendTo(label);
      $('<span class="segmenter-offer-facts">').text(this.facts(model, model.means)).appendTo(label);
      return { value: model.name, label };
    });
  }

  private facts({ versions }: ModelFacts, wanted: string): string {
    const { text } = this.browser;
    const card = versions.find(({ version }) => version === wanted)?.card;
    if (!card) return text('choice.damaged', { version: wanted });
    const dice = diceText(card.expected?.dice ?? card.validationDice);
    return text('choice.facts', { version: wanted, dice, date: dateText(card.created) });
  }
}

/** Has a field say below it what is known of the model that it names, or why it will not do, at once. */
export function offerModels(page: EditorPage, row: Row, node: EditedNode, browser: Browser): ModelChoice {
  const { name, check, reason, models = 'known' } = row;
  const { $ } = browser;
  const field = $(`#${fieldId(page, name)}`);
  const place = $(`#${saidId(page, name)}`);
  const show = () => {
    // The models may be heard of when the dialog is closed.
    if (place.prop('isConnected') === false) return;
    const [type, text] = [field.typedInput('type'), field.typedInput('value').trim()];
    const isMissing = text === '' && check !== undefined && !check(text, { ...node, [typeOf(name)]: type });
    const missing = { words: isMissing ? node._(`reason.${reason}`) : '', isRefused: isMissing };
    const elsewhere = { words: browser.text('choice.elsewhere'), isRefused: false };
    const otherwise = type === 'msg' && models === 'known' && !isMissing ? elsewhere : missing;
    const { words, isRefused } = type === 'str' && text !== '' ? choice.say(text) : otherwise;
    place.text(words).attr('class', `segmenter-said${isRefused ? ' segmenter-refused' : ''}`);
  };
  const choice = new ModelChoice(browser, models, show);
  field.on('change keyup paste', show);
  return choice;
}
