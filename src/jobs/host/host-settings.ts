import path from 'node:path';
import { Type } from '@sinclair/typebox';
import { validate } from '../../base/schema';
import { LANGUAGES, type Language } from '../../reports/texts';
import { defaultCacheFolder, withHome } from '../../storage/paths';
import { defaultRoots, rootsOfEnvironment } from '../../storage/roots';
import type { HostSettings } from '../job-types';

/** `segmenter` in Node-RED's settings.js. */
const SegmenterSettingsSchema = Type.Object(
  {
    roots: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
    servers: Type.Optional(Type.Array(Type.String({ pattern: '^https?://' }))),
    models: Type.Optional(Type.String({ minLength: 1 })),
    scratch: Type.Optional(Type.String({ minLength: 1 })),
    scratchQuotaMB: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  { additionalProperties: false },
);

const SCRATCH_QUOTA_MB = 20_000;

/**
 * Reads what `settings.js` says; where it says nothing, reading and writing are in the user's home, the system's
 * temporary folder and Node-RED's user folder, nothing from the network; models in the latter; the scratch store in the
 * system's cache folder. `SEGMENTER_ROOTS` adds folders to either. `~` is the user's home. Reports are in the language of
 * the statuses.
 */
export function hostSettings(
  settings: { segmenter?: unknown; userDir?: string; lang?: unknown },
  env: NodeJS.ProcessEnv = process.env,
): HostSettings {
  const given = validate(SegmenterSettingsSchema, settings.segmenter ?? {}, 'segmenter (settings.js)');
  const userDir = settings.userDir ?? process.cwd();
  return {
    roots: [...(given.roots ?? [...defaultRoots(), userDir]), ...rootsOfEnvironment(env)].map((root) => withHome(root)),
    servers: given.servers ?? [],
    modelsFolder: given.models === undefined ? path.join(userDir, 'segmenter', 'models') : withHome(given.models),
    scratchFolder: given.scratch === undefined ? defaultCacheFolder() : withHome(given.scratch),
    scratchQuotaMB: given.scratchQuotaMB ?? SCRATCH_QUOTA_MB,
    language: languageOf(settings.lang, env),
  };
}

/** The language that Node-RED's runtime speaks: `lang` of its settings, else the first that the environment states. */
function languageOf(lang: unknown, env: NodeJS.ProcessEnv): Language {
  const stated = ['LC_ALL', 'LC_MESSAGES', 'LANG'].flatMap((name) => (env[name] === undefined ? [] : [env[name]]));
  const wanted = String(lang || (stated[0] ?? '')).slice(0, 2);
  return LANGUAGES.find((language) => language === wanted) ?? 'en';
}
