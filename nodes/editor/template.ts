import { typesOf } from '../setting-values';
import {
  browseId,
  choiceId,
  fieldId,
  kindOf,
  OTHER_IMAGE,
  optionsOf,
  rowId,
  type SettingSchemas,
  saidId,
  typeOf,
} from './fields';
import { type EditorPage, icon, isSection, type Row, type Section, type Special, settingRows } from './page';

/** A node's catalogue, or a part of it. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

const NAME: Row = { name: 'name', icon: 'tag' };

/** Node-RED puts widgets in place of typed inputs and choices of nodes, as wide as the style of the field says. */
const WIDGET_STYLE = 'style="width: calc(100% - 158px)"';
/** A button beside a field takes so many pixels. */
const BUTTON = 42;

function besideButtons(count: number): string {
  return count === 0 ? WIDGET_STYLE : `style="width: calc(100% - ${158 + BUTTON * count}px)"`;
}

/**
 * The dialog's HTML. Its texts are keys of the catalogue, which Node-RED looks up in the language of the editor.
 * @throws Error where a setting has no row or two, or the catalogue lacks a text
 */
export function templateOf(page: EditorPage, schemas: SettingSchemas, texts: Texts): string {
  requireRows(page, schemas);
  const template = new Template(page, { ...schemas, name: { type: 'string' } }, texts);
  return [template.row(NAME), ...page.rows.map((entry) => template.entry(entry))].join('\n');
}

function requireRows(page: EditorPage, schemas: SettingSchemas): void {
  const rows = settingRows(page).flatMap((row) =>
    kindOf(row, schemas) === 'typed' ? [row.name, typeOf(row.name)] : [row.name],
  );
  const settings = Object.keys(schemas);
  const wrong = [
    ...settings.filter((name) => rows.filter((row) => row === name).length !== 1),
    ...rows.filter((row) => !settings.includes(row)),
  ];
  if (wrong.length > 0) throw new Error(`${page.name}: expected one row for each setting, not so ${wrong.join(', ')}`);
}

class Template {
  constructor(
    private readonly page: EditorPage,
    private readonly schemas: SettingSchemas,
    private readonly texts: Texts,
  ) {}

  entry(entry: Row | Section | Special): string {
    if ('html' in entry) return entry.html;
    return isSection(entry) ? this.section(entry) : this.row(entry);
  }

  row(row: Row): string {
    const kind = kindOf(row, this.schemas);
    const boxFirst = kind === 'checkbox' && !row.icon;
    const classes = ['form-row', 'segmenter-row'];
    if (kind === 'number') classes.push('segmenter-short');
    if (boxFirst) classes.push('segmenter-box-first');
    const id = row.shownFor ? ` id="${rowId(this.page, row.name)}"` : '';
    const parts = boxFirst ? this.boxAndLabel(row) : [this.label(row), ...this.field(row), this.browse(row), row.after];
    const lines = parts.filter((part) => part !== undefined).map((part) => `  ${part}`);
    return [`<div class="${classes.join(' ')}"${id}>`, ...lines, '</div>'].join('\n');
  }

  private section({ section, rows }: Section): string {
    const summary = `<summary data-i18n="${this.key('section', section)}"></summary>`;
    const body = rows.map((row) => this.row(row)).join('\n');
    return `<details class="segmenter-section">\n${summary}\n${body}\n</details>`;
  }

  private boxAndLabel({ name }: Row): string[] {
    const id = fieldId(this.page, name);
    return [
      `<label for="${id}" data-i18n="[title]${this.key('hint', name)}">`,
      `<input type="checkbox" id="${id}" /> <span data-i18n="${this.key('label', name)}"></span>`,
      '</label>',
    ];
  }

  private label(row: Row): string {
    const { name, icon: sign } = row;
    const words = `<span data-i18n="${this.key('label', name)}"></span>`;
    const shown = kindOf(row, this.schemas) === 'image' ? choiceId(this.page, name) : fieldId(this.page, name);
    return `<label for="${shown}">${sign ? `${icon(sign)} ` : ''}${words}</label>`;
  }

  private field(row: Row): string[] {
    const { name, images = [] } = row;
    const id = fieldId(this.page, name);
    const placeholder = this.has('placeholder', name) ? `;[placeholder]placeholder.${name}` : '';
    const words = `data-i18n="[title]${this.key('hint', name)}${placeholder}"`;
    switch (kindOf(row, this.schemas)) {
      case 'select':
        return [`<select id="${id}" ${words}>`, ...this.options(name), '</select>'];
      case 'image':
        return [
          `<select id="${choiceId(this.page, name)}" ${words}>`,
          ...this.options(name, [...images, OTHER_IMAGE]),
          '</select>',
          `<input type="text" id="${id}" class="segmenter-other" data-i18n="[title]hint.otherImage" />`,
        ];
      case 'checkbox':
        return [`<input type="checkbox" id="${id}" ${words} />`];
      case 'config':
        return [`<input type="text" id="${id}" ${words} ${WIDGET_STYLE} />`];
      case 'typed':
        return [
          `<input type="text" id="${id}" ${words} ${besideButtons([row.after, row.browse].filter(Boolean).length)} />`,
          `<input type="hidden" id="${fieldId(this.page, typeOf(name))}" />`,
          ...(row.models ? [`<div class="segmenter-said" id="${saidId(this.page, name)}" role="status"></div>`] : []),
        ];
      case 'number': {
        const mode = typesOf(this.schemas[name]).includes('integer') ? 'numeric' : 'decimal';
        return [`<input type="text" inputmode="${mode}" id="${id}" ${words} />`];
      }
      default: {
        return [`<input type="text" id="${id}" ${words} />`];
      }
    }
  }

  private browse({ name, browse }: Row): string | undefined {
    if (!browse) return undefined;
    const title = `data-i18n="[title]${this.key('hint', 'browse')}"`;
    return `<button type="button" id="${browseId(this.page, name)}" class="red-ui-button segmenter-browse" ${title}>${icon('folder-open')}</button>`;
  }

  private options(name: string, values = optionsOf(this.schemas[name])): string[] {
    return values.map((value) => {
      const key = this.key('option', name, value === '' ? 'blank' : value);
      return `  <option value="${value}" data-i18n="${key}"></option>`;
    });
  }

  private key(...path: string[]): string {
    if (!this.has(...path)) throw new Error(`${this.page.name}: the catalogue has no text ${path.join('.')}`);
    return path.join('.');
  }

  private has(...path: string[]): boolean {
    let found: string | Texts | undefined = this.texts;
    for (const part of path) found = typeof found === 'object' ? found[part] : undefined;
    return typeof found === 'string';
  }
}
