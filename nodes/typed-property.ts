import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError, messageOf, SegmenterError } from '../src/base/errors';
import { requireNumber } from '../src/base/numbers';
import { isRecord, plainJson } from '../src/base/plain-json';
import { type ModelRequest, wantedModel } from '../src/models/wanted';

/** A typed input as the editor stores it. */
export interface TypedProperty {
  /** the property's name, for error messages */
  name: string;
  value: string;
  /** str, num, json, msg, flow, global, env or jsonata */
  type: string;
}

/**
 * Says what a typed input stands for with this message; undefined where it is blank or its source holds nothing. Context
 * stores and JSONata answer later, so this is a promise.
 * @throws SegmenterError `invalid-input` where it cannot be evaluated, for example broken JSON, or is no plain JSON within bounds
 */
export function evaluateTyped(RED: NodeAPI, node: Node, property: TypedProperty, msg: NodeMessage): Promise<unknown> {
  const { name, value, type } = property;
  if (value.trim() === '') return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const accept = (result: unknown) => {
      try {
        // JSON has no word for it, and would call it null.
        if (typeof result === 'number') requireNumber(result, placeOf(property));
        resolve(
          result === undefined || result === '' || result === null ? undefined : plainJson(result, placeOf(property)),
        );
      } catch (error) {
        reject(error);
      }
    };
    const refuse = (error: unknown) =>
      reject(new InvalidInputError(name, `a value of type ${type} (${messageOf(error)})`, value));
    try {
      if (type === 'env' && isUnset(RED, node, value)) {
        throw new InvalidInputError(name, 'an environment variable that is set (blank for nothing)', value);
      }
      if (type === 'num') return accept(requireNumber(value, name));
      RED.util.evaluateNodeProperty(value, type, node, msg, (error, result: unknown) => {
        if (error) refuse(error);
        else accept(result);
      });
    } catch (error) {
      if (error instanceof InvalidInputError) reject(error);
      else refuse(error);
    }
  });
}

/** Whether no environment, subflow, group, flow or process, has a variable of this name; `${A}/b` is a text with some. */
function isUnset(RED: NodeAPI, node: Node, name: string): boolean {
  return !name.includes('${') && RED.util.getSetting(node, name) === undefined;
}

/**
 * Evaluates a typed input that must be text: a path, a name.
 * @throws InvalidInputError where it is something else
 */
export async function evaluateText(
  RED: NodeAPI,
  node: Node,
  property: TypedProperty,
  msg: NodeMessage,
): Promise<string | undefined> {
  const value = await evaluateTyped(RED, node, property, msg);
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidInputError(placeOf(property), 'text', value);
}

/** Gives a property's name and where its value came from, for messages: `model (msg.model)`. */
export function placeOf({ name, value, type }: TypedProperty): string {
  return ['msg', 'flow', 'global', 'env'].includes(type) ? `${name} (${type}.${value})` : name;
}

/** Nobody said which model: what to do about it stands below the node, too. */
export class NoModelError extends SegmenterError {
  constructor(property: TypedProperty) {
    const todo = 'choose one in the dialog of this node, or wire the node behind train';
    super('invalid-input', `no model: ${todo}; ${placeOf(property)} is empty`, { name: property.name });
  }
}

const EXPECTED = 'a model: its name, name@version, folder, or what train and predict put into msg.model';

/**
 * Says what `predict`, `threshold` and `train` look a model up by: a text as it is, or what a reference says of it.
 * @param name of the property, for the error message
 * @throws InvalidInputError
 */
export function modelRequest(value: unknown, name: string): ModelRequest {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  const wanted = isRecord(value) ? wantedModel(value, name) : null;
  if (wanted) return wanted;
  throw new InvalidInputError(name, EXPECTED, value);
}
