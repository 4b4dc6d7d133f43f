import { type SettingSchema, typesOf } from '../setting-values';
import type { EditorPage, Row } from './page';

export type SettingSchemas = Readonly<Record<string, SettingSchema>>;
export type FieldKind = 'checkbox' | 'image' | 'select' | 'typed' | 'number' | 'config' | 'text';

/** What kind of field a setting has in the dialog. */
export function kindOf({ name, config, images }: Row, schemas: SettingSchemas): FieldKind {
  if (config) return 'config';
  if (images) return 'image';
  if (typeOf(name) in schemas) return 'typed';
  const schema = schemas[name];
  if (schema.enum) return 'select';
  const types = typesOf(schema);
  if (types.includes('boolean')) return 'checkbox';
  return types.includes('number') || types.includes('integer') ? 'number' : 'text';
}

/** The setting that keeps the type of a typed input's value. */
export function typeOf(name: string): string {
  return `${name}Type`;
}

export function isConfig(page: EditorPage): boolean {
  return page.color === undefined;
}

/** The id that Node-RED expects of a property's field. */
export function fieldId(page: EditorPage, name: string): string {
  return `node-${isConfig(page) ? 'config-' : ''}input-${name}`;
}

/** The button that chooses a path for a field. */
export function browseId(page: EditorPage, name: string): string {
  return fieldId(page, `browse-${name}`);
}

/** The selection that stands before the field of an image's name. */
export function choiceId(page: EditorPage, name: string): string {
  return fieldId(page, `choice-${name}`);
}

/** What a selection of images has for those that it does not name. */
export const OTHER_IMAGE = '_other';

export function rowId(page: EditorPage, name: string): string {
  return fieldId(page, `row-${name}`);
}

/** The id of what says below a field what is known of its value. */
export function saidId(page: EditorPage, name: string): string {
  return fieldId(page, `said-${name}`);
}

/** The values that a typed input or a selection offers. */
export function optionsOf(schema: SettingSchema): string[] {
  return (schema.enum ?? []).map(String);
}
