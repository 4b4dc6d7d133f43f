import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import type { ModelCard } from './card';
import { checkModelName } from './model-name';
import { versionName, versionNumber } from './version-name';

/**
 * A model by what is known of it. Name, version and sha256 must hold where they are given; the place is where it lay when
 * this was written, perhaps on another machine.
 */
const WantedModelSchema = Type.Object({
  name: Type.Optional(Type.String()),
  /** `v3`; of a model from elsewhere whatever its card says */
  version: Type.Optional(Type.String()),
  uri: Type.Optional(Type.String()),
  /** hexadecimal digits in lower case */
  sha256: Type.Optional(Type.String()),
});
export type WantedModel = Static<typeof WantedModelSchema>;

/** What a model is looked up by: a name, name@version or folder, or what is known of it. */
export const ModelRequestSchema = Type.Union([Type.String(), WantedModelSchema]);
export type ModelRequest = Static<typeof ModelRequestSchema>;

/**
 * Reads a reference to a model, such as `msg.model`; null and blank say nothing, other properties do not matter.
 * @param name of the reference, for errors
 * @returns null where it names no model
 * @throws InvalidInputError naming the property that is not as it should be
 */
export function wantedModel(value: Record<string, unknown>, name: string): WantedModel | null {
  const text = (property: keyof WantedModel): string | undefined => {
    const given = value[property] ?? '';
    if (typeof given !== 'string') throw new InvalidInputError(`${name}.${property}`, 'a text', given);
    return given.trim() || undefined;
  };
  const wanted: WantedModel = {};
  const [named, uri, sha256] = [text('name'), text('uri'), text('sha256')?.toLowerCase()];
  if (named !== undefined) wanted.name = checkModelName(named);
  const version = typeof value.version === 'number' ? numbered(value.version, name) : text('version');
  if (version !== undefined) wanted.version = standardVersion(version);
  if (uri !== undefined) wanted.uri = uri;
  if (sha256 !== undefined) wanted.sha256 = sha256;
  return named === undefined && uri === undefined && sha256 === undefined ? null : wanted;
}

/** Whether a model is the wanted one, by its card or by what its folders are called: people rename these. */
export function isWanted(
  { name, version, sha256 }: WantedModel,
  card: Pick<ModelCard, 'name' | 'formerNames' | 'version' | 'sha256'>,
  folder: { name: string; version: string },
): boolean {
  return (
    (name === undefined || [card.name, folder.name, ...(card.formerNames ?? [])].includes(name)) &&
    (version === undefined || [card.version, folder.version].some((other) => standardVersion(other) === version)) &&
    (sha256 === undefined || sha256 === card.sha256.toLowerCase())
  );
}

/** For people: `nuclei@v3 with sha256 0123456789ab...`. */
export function wantedText({ name, version, sha256, uri }: WantedModel): string {
  const called =
    name === undefined ? (version === undefined ? '' : `version ${version}`) : [name, version ?? []].flat().join('@');
  const hash = sha256 === undefined ? '' : `sha256 ${sha256.length > 12 ? `${sha256.slice(0, 12)}...` : sha256}`;
  return [called, hash].filter((part) => part !== '').join(' with ') || (uri ?? '');
}

function numbered(version: number, name: string): string {
  if (Number.isInteger(version) && versionNumber(`v${version}`) !== null) return versionName(version);
  throw new InvalidInputError(`${name}.version`, 'v1, v2, ..., or its number', version);
}

/** `3`, `v3` and `V3` are one version. */
function standardVersion(version: string): string {
  const number = versionNumber(version.trim());
  return number === null ? version.trim() : versionName(number);
}
