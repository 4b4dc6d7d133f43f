import type { Browsed } from '../../src/samples/listing/folder-view';
import { currentVersion, formerNames, MIGRATIONS, type Migrations, migrate } from '../migrations';
import { fits, readValue, type SettingSchema } from '../setting-values';
import type { Browser, EditedNode, Elements } from './browser';
import {
  browseId,
  choiceId,
  fieldId,
  isConfig,
  kindOf,
  OTHER_IMAGE,
  optionsOf,
  rowId,
  type SettingSchemas,
  typeOf,
} from './fields';
import { offerModels } from './model-choice';
import { type EditorPage, type Row, settingRows } from './page';

type Validator = (this: EditedNode, value: unknown, options: unknown) => true | string;

/** A property as Node-RED's editor takes it. */
interface Property {
  value: unknown;
  type?: string;
  required?: boolean;
  validate?: Validator;
}

/** What a page hands to `RED.nodes.registerType` beside what stands there as literals. */
export interface Definition {
  defaults: Record<string, Property>;
  credentials?: EditorPage['credentials'];
  paletteLabel(this: EditedNode): string;
  label(this: EditedNode): string;
  labelStyle(this: EditedNode): string;
  button?: { toggle: string; onclick(this: EditedNode): void };
  outputLabels?(this: EditedNode, index: number): string;
  oneditprepare(this: EditedNode): void;
  oneditsave?(): void;
  oneditcancel?(): void;
  oneditdelete?(): void;
}

/** What the editor needs of a node type: properties with checks, and a dialog whose fields do what their schemas say. */
export function definitionOf(
  page: EditorPage,
  schemas: SettingSchemas,
  browser: Browser,
  migrations: Migrations = MIGRATIONS,
): Definition {
  const type = `segmenter-${page.name}`;
  const outputs = page.outputs ?? 1;
  const { button, closed } = page;
  if (currentVersion(type, migrations) > 1) browser.onNode((node) => bringUpToDate(node, type, schemas, migrations));
  return {
    defaults: defaultsOf(page, schemas, type, migrations),
    ...(page.credentials && { credentials: page.credentials }),
    paletteLabel() {
      return this._('palette.name');
    },
    label() {
      return this.name || this._('palette.name');
    },
    labelStyle() {
      return this.name ? 'node_label_italic' : '';
    },
    ...(button && {
      button: {
        toggle: button.toggle,
        onclick() {
          button.clicked(this, browser);
        },
      },
    }),
    ...(outputs > 1 && {
      outputLabels(index) {
        return this._(`output.${index}`);
      },
    }),
    oneditprepare() {
      prepare(page, schemas, this, browser);
      page.opened?.(this, browser);
    },
    ...(closed && { oneditsave: closed, oneditcancel: closed, oneditdelete: closed }),
  };
}

function defaultsOf(
  page: EditorPage,
  schemas: SettingSchemas,
  type: string,
  migrations: Migrations,
): Definition['defaults'] {
  const version = currentVersion(type, migrations);
  const defaults: Definition['defaults'] = {
    name: { value: '' },
    version: {
      value: version,
      validate(value, _options) {
        return Number(value ?? version) <= version || this._('reason.version');
      },
    },
  };
  for (const row of settingRows(page)) {
    const { name, config } = row;
    const validate = validatorOf(row, schemas);
    defaults[name] = {
      value: initial(schemas[name], isConfig(page)),
      ...(config && { type: config, required: false }),
      ...(validate && { validate }),
    };
    if (kindOf(row, schemas) === 'typed') defaults[typeOf(name)] = { value: schemas[typeOf(name)].default };
  }
  // The editor keeps no property of a node that its type does not name.
  for (const name of formerNames(type, migrations)) defaults[name] ??= { value: undefined };
  return defaults;
}

/** The editor shows the number 0 of a new configuration node as blank. */
function initial({ default: value }: SettingSchema, config: boolean): unknown {
  return value === null ? '' : config && value === 0 ? '0' : value;
}

/** A validator that tells why: the editor shows a returned text as the reason, but asks those of two parameters only. */
function validatorOf(row: Row, schemas: SettingSchemas): Validator | undefined {
  const { name, check, reason } = row;
  if (!reason && kindOf(row, schemas) !== 'select') return undefined;
  const schema = schemas[name];
  return function (value, _options) {
    const meant = readValue(schema, value);
    const fine = isVariable(value) || (fits(schema, meant) && (check?.(String(meant ?? ''), this) ?? true));
    return fine || this._(`reason.${reason ?? 'choice'}`);
  };
}

/** An environment variable, which Node-RED puts in when it starts the flow; the node itself looks at the value. */
function isVariable(value: unknown): boolean {
  return /^\$\{\S+\}$/.test(String(value).trim());
}

function prepare(page: EditorPage, schemas: SettingSchemas, node: EditedNode, browser: Browser): void {
  const { $ } = browser;
  const field = (name: string) => $(`#${fieldId(page, name)}`);
  // A flow of before a setting was there has no value of it; what its field shows is what it means.
  for (const [name, { default: value }] of Object.entries(schemas)) {
    // Node-RED has chosen for a configuration node.
    if (node[name] !== undefined || settingRows(page).some((row) => row.name === name && row.config)) continue;
    if (typeof value === 'boolean') field(name).prop('checked', value);
    else field(name).val(value ?? '');
  }
  for (const row of settingRows(page)) {
    const { name, shownFor } = row;
    if (kindOf(row, schemas) === 'typed') {
      const schema = schemas[typeOf(name)];
      const typeField = `#${fieldId(page, typeOf(name))}`;
      const offered = row.models ? offerModels(page, row, node, browser) : null;
      const types = optionsOf(schema).map((type) => (type === 'str' && offered ? offered.type(field(name)) : type));
      field(name).typedInput({ default: String(schema.default), types, typeField });
      const { reason } = row;
      const container = field(name).next('.red-ui-typedInput-container');
      // Node-RED hangs the reason on the field, which lies hidden behind what the typed input shows.
      const isWrong = () => container.filter('.input-error').prop('isConnected') === true;
      if (reason) browser.tooltip(container, () => (isWrong() ? node._(`reason.${reason}`) : null));
      // It makes fields of its own, which need the name that the row's label shows.
      const made = container.find('input, button');
      made.attr('aria-label', node._(`label.${name}`));
      if (offered) {
        const words = browser.text('choice.open');
        made.filter('.red-ui-typedInput-option-expand').attr('aria-label', words).attr('title', words);
      }
    }
    if (row.browse) letBrowse(page, { name, of: row.browse }, node, browser);
    if (row.images) chooseImage($(`#${choiceId(page, name)}`), field(name), row.images);
    // Node-RED's word for it is "none".
    if (row.config)
      field(name)
        .find('option[value="_ADD_"]')
        .text(node._(`placeholder.${name}`));
    if (shownFor) field(shownFor.field).on('change', () => showRows(page, schemas, browser));
  }
  showRows(page, schemas, browser);
}

/** Shows the rows whose deciding field has one of the values that they are for, and is shown itself. */
function showRows(page: EditorPage, schemas: SettingSchemas, { $ }: Browser): void {
  const rows = settingRows(page);
  const isShown = (name: string): boolean => {
    const shownFor = rows.find((row) => row.name === name)?.shownFor;
    if (!shownFor) return true;
    const deciding = $(`#${fieldId(page, shownFor.field)}`);
    const isBox = kindOf({ name: shownFor.field }, schemas) === 'checkbox';
    const value = isBox ? deciding.prop('checked') : deciding.val();
    return shownFor.values.includes(value) && isShown(shownFor.field);
  };
  for (const { name, shownFor } of rows) if (shownFor) $(`#${rowId(page, name)}`).toggle(isShown(name));
}

/** A path that is chosen becomes the field's text, whatever it was before. */
function letBrowse(
  page: EditorPage,
  { name, of }: { name: string; of: Browsed },
  node: EditedNode,
  { $, choosePath, withVariables }: Browser,
): void {
  const field = $(`#${fieldId(page, name)}`);
  const known = (other: string) => {
    const asked = $(`#${fieldId(page, other)}`);
    const type = asked.typedInput('type');
    return type === 'str' || type === 'env' ? withVariables(asked.typedInput('value'), type, node) : '';
  };
  $(`#${browseId(page, name)}`).on('click', () => {
    // Masks lie beside their images more often than not.
    const beside = settingRows(page)
      .filter((row) => row.browse && row.name !== name)
      .map((row) => folderOf(known(row.name)))
      .find((folder) => folder !== '');
    choosePath({
      label: node._(`label.${name}`),
      flow: String(node.z ?? ''),
      of,
      path: known(name) || (beside ?? ''),
      choose: (path) => {
        field.typedInput('type', 'str');
        field.typedInput('value', path);
        field.trigger('change');
      },
    });
  });
}

/** The folder that a path lies in; '' of a name alone, of an address and of a variable that is not known here. */
function folderOf(path: string): string {
  return /[$]\{|:\/\//.test(path) ? '' : (/^(.+)[\\/][^\\/]+[\\/]?$/.exec(path.trim())?.[1] ?? '');
}

/** Has a selection write the name of an image into the setting's field, which is shown for names that it does not offer. */
function chooseImage(choice: Elements, field: Elements, images: readonly string[]): void {
  const given = field.val();
  choice.val(images.some((name) => name === given) ? given : OTHER_IMAGE);
  const follow = () => {
    const chosen = choice.val();
    field.toggle(chosen === OTHER_IMAGE);
    if (chosen !== OTHER_IMAGE && chosen !== field.val()) field.val(chosen).trigger('change');
  };
  choice.on('change', follow);
  follow();
}

/** Gives a node that comes into the editor the properties of its type's current version. */
function bringUpToDate(node: EditedNode, type: string, schemas: SettingSchemas, migrations: Migrations): void {
  // What a later version means is not known here: the node is shown as invalid, and says so when it runs.
  if (node.type !== type || !(Number(node.version ?? 1) < currentVersion(type, migrations))) return;
  const names = ['version', ...Object.keys(schemas), ...formerNames(type, migrations)];
  const stored = Object.fromEntries(names.filter((name) => node[name] !== undefined).map((name) => [name, node[name]]));
  const current = migrate(type, stored, migrations);
  // First, for it throws in a flow that is locked: such a node stays as it was, and is understood when it runs.
  Object.assign(node, current);
  for (const name of Object.keys(stored)) if (!(name in current)) delete node[name];
}
