import path from 'node:path';
import { Type } from '#typebox';
import { validate } from '../../base/schema';
import { LANGUAGES, type Language } from '../../reports/texts';
import { defaultCacheFolder, withHome } from '../../storage/paths';
import { defaultRoots, rootsOfEnvironment } from '../../storage/roots';
import type { HostSettings } from '../job-types';
import { DEFAULT_RETRIES, RetrySettingsSchema } from '../settings';

/** `segmenter` in Node-RED's settings.js. */
const SegmenterSettingsSchema = Type.Object(
  {
    roots: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
    servers: Type.Optional(Type.Array(Type.String({ pattern: '^https?://' }))),
    models: Type.Optional(Type.String({ minLength: 1 })),
    scratch: Type.Optional(Type.String({ minLength: 1 })),
    scratchQuotaMB: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    retries: Type.Optional(Type.Partial(RetrySettingsSchema, { additionalProperties: false })),
    log: Type.Optional(
      Type.Union([
        Type.Literal(false),
        Type.Object(
          {
            folder: Type.Optional(Type.String({ minLength: 1 })),
            mostMB: Type.Optional(Type.Number({ minimum: 1 })),
            days: Type.Optional(Type.Integer({ minimum: 1 })),
          },
          { additionalProperties: false },
        ),
      ]),
    ),
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
    retries: { ...DEFAULT_RETRIES, ...given.retries },
    language: languageOf(settings.lang, env),
  };
}

/** Where events and changes are logged, and for how long. */
export interface LogSettings {
  folder: string;
  /** megabytes of all files of events together */
  mostMB: number;
  /** days that events are kept */
  days: number;
  /** false: events are not logged; who changed what always is */
  events: boolean;
}

const [LOG_MB, LOG_DAYS] = [200, 30];

/** Reads what `settings.js` says of the log; by default it lies below the user folder. @throws as {@link hostSettings} */
export function logSettings(settings: { segmenter?: unknown; userDir?: string }): LogSettings {
  const { log = {} } = validate(SegmenterSettingsSchema, settings.segmenter ?? {}, 'segmenter (settings.js)');
  const { folder, mostMB = LOG_MB, days = LOG_DAYS } = log === false ? {} : log;
  const below = path.join(settings.userDir ?? process.cwd(), 'segmenter', 'log');
  return { folder: folder === undefined ? below : withHome(folder), mostMB, days, events: log !== false };
}

/** The language that Node-RED's runtime speaks: `lang` of its settings, else the first that the environment states. */
function languageOf(lang: unknown, env: NodeJS.ProcessEnv): Language {
  const stated = ['LC_ALL', 'LC_MESSAGES', 'LANG'].flatMap((name) => (env[name] === undefined ? [] : [env[name]]));
  const wanted = String(lang || (stated[0] ?? '')).slice(0, 2);
  return LANGUAGES.find((language) => language === wanted) ?? 'en';
}
