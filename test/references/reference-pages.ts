/** As much of a JSON schema as a table needs. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: object;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly $ref?: string;
}

/** A node type with its settings and what its catalogue says of them. */
export interface ReferenceNode {
  readonly name: string;
  readonly properties: Readonly<Record<string, Schema>>;
  readonly catalogue: { readonly label?: Record<string, string>; readonly hint?: Record<string, string> };
}

const MADE = 'Made from the schemas that the code checks with; `npm test` fails where this page says anything else.';

/** Writes the page of all settings: one table a node, Markdown. */
export function settingsPage(nodes: readonly ReferenceNode[]): string {
  const chapters = nodes.map(({ name, properties, catalogue }) => {
    const rows = Object.entries(properties)
      .filter(([property]) => !isTypeOfTyped(property, properties))
      .map(([property, schema]) => [
        `\`${property}\``,
        catalogue.label?.[property] ?? '',
        typeText(schema) + typedText(properties[`${property}Type`]),
        'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : '',
        catalogue.hint?.[property] ?? '',
      ]);
    return `## segmenter-${name}\n\n${table(['property', 'in the dialog', 'value', 'default', ''], rows)}`;
  });
  return page('Settings of the nodes', 'Properties as they stand in a flow file.', chapters);
}

/** Writes the page of what messages and cards hold: one table a schema, Markdown. */
export function messagesPage(schemas: Readonly<Record<string, Schema>>): string {
  const chapters = Object.entries(schemas).map(
    ([name, schema]) => `## ${name}\n\n${table(['property', 'value', ''], fields(schema, ''))}`,
  );
  return page('Messages and model cards', 'What is not named here passes through.', chapters);
}

function page(title: string, about: string, chapters: readonly string[]): string {
  return `# ${title}\n\n${about} ${MADE}\n\n${chapters.join('\n\n')}\n`;
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** The properties of an object and of the objects in it. */
function fields(schema: Schema, before: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const place = `${before}${name}`;
    const given = (schema.required ?? []).includes(name) ? 'always' : '';
    const inner = [property, ...(property.anyOf ?? [])].find(({ properties }) => properties);
    const item = property.items && !Array.isArray(property.items) ? (property.items as Schema) : undefined;
    return [
      [`\`${place}\``, typeText(property), given],
      ...(inner ? fields(inner, `${place}.`) : []),
      ...(item?.properties ? fields(item, `${place}[].`) : []),
    ];
  });
}

function isTypeOfTyped(property: string, properties: Readonly<Record<string, Schema>>): boolean {
  return property.endsWith('Type') && property.slice(0, -'Type'.length) in properties;
}

function typedText(types: Schema | undefined): string {
  return types?.enum ? `; typed: ${types.enum.map((type) => `\`${type}\``).join(', ')}` : '';
}

/** Says in words what values a schema takes. */
function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return 'image description';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  const types = [schema.type ?? 'anything'].flat().map((type) => (type === 'array' ? listText(schema) : type));
  return [types.join(' or '), ...limits(schema)].join(', ');
}

function listText({ items }: Schema): string {
  if (!items) return 'list';
  const kinds = [...new Set([items].flat().map((item) => typeText(item as Schema)))];
  return `list of ${kinds.join(', ')}`;
}

function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: Schema): string[] {
  return [
    minimum === undefined ? '' : `at least ${minimum}`,
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
    multipleOf === undefined ? '' : `a multiple of ${multipleOf}`,
  ].filter((limit) => limit !== '');
}
