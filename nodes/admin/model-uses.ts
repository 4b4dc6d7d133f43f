import type { NodeAPI } from 'node-red';
import { isRecord } from '../../src/base/plain-json';
import { parseModelQuery } from '../../src/models/names';
import type { ModelUse } from './tab-api';

/** Properties of our nodes that hold a model's name, as a typed input of text or as it is. */
const PROPERTIES = ['model', 'startFrom'];

/** Finds where the running flows name a model. */
export function modelUses(RED: NodeAPI): ModelUse[] {
  const uses: ModelUse[] = [];
  RED.nodes.eachNode((config) => uses.push(...usesIn(config as unknown as Record<string, unknown>)));
  return uses;
}

/** Finds the models that one node names. @param config as it is stored in the flow */
export function usesIn(config: Record<string, unknown>): ModelUse[] {
  const { id, type, name, z } = config;
  const node = { id: String(id), type: String(type), name: String(name ?? ''), flow: String(z ?? '') };
  return namesIn(config).flatMap(({ property, text }) => {
    const query = queryOf(text);
    return query?.kind === 'name' ? [{ ...node, property, model: query.name, version: query.version }] : [];
  });
}

function namesIn(config: Record<string, unknown>): Array<{ property: string; text: string }> {
  const named = (property: string, text: unknown) => (typeof text === 'string' ? [{ property, text }] : []);
  const { type, props, rules } = config;
  if (typeof type === 'string' && type.startsWith('segmenter-')) {
    const given = PROPERTIES.filter((property) => config[`${property}Type`] === 'str');
    return given.flatMap((property) => named(property, config[property]));
  }
  // Node-RED's own nodes that put a name into msg.model.
  if (type === 'inject') {
    return rowsOf(props).flatMap(({ p, v, vt }) => (p === 'model' && vt === 'str' ? named('msg.model', v) : []));
  }
  if (type === 'change') {
    return rowsOf(rules).flatMap(({ t, p, to, tot }) =>
      t === 'set' && p === 'model' && tot === 'str' ? named('msg.model', to) : [],
    );
  }
  return [];
}

function rowsOf(list: unknown): Array<Record<string, unknown>> {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function queryOf(text: string): ReturnType<typeof parseModelQuery> | null {
  try {
    return parseModelQuery(text);
  } catch {
    return null;
  }
}
