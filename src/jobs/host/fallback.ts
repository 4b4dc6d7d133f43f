import { type SegmenterError, toErrorRecord } from '../../base/errors';
import { type EngineChoice, nameOf, type WorkKind } from '../../engines/choosing/choice';
import type { AskedFor, EngineChooser } from '../../engines/choosing/chooser';
import { withAnyAbort } from './any-abort';
import { StopTimeoutError } from './worker-process';

export interface FallbackOptions {
  signal?: AbortSignal;
  /** Ends the choosing like `signal` while nothing has run; what runs is left to itself. */
  stop?: AbortSignal;
  /** Told where the work runs, before it begins and again where it goes on elsewhere; null: devices are being tried. */
  onChoice?: (choice: EngineChoice | null) => void;
}

type Attempt<T> = (choice: EngineChoice) => Promise<T>;

interface Failure {
  choice: EngineChoice;
  error: unknown;
  takeBack: () => Promise<void>;
}

/**
 * Runs a job on the backend that is chosen for it. Where the choice is open and the device fails in the middle, the job
 * is done again on the next best, and the failed one is not chosen for a while. A backend that was named does not change.
 * @throws what the job throws; its first failure where no backend is left
 */
export async function withFallback<T>(
  chooser: EngineChooser,
  asked: AskedFor,
  work: WorkKind,
  options: FallbackOptions,
  attempt: Attempt<T>,
): Promise<T> {
  const { signal, onChoice } = options;
  const failures: Failure[] = [];
  for (;;) {
    const choice = await nextChoice(chooser, asked, work, failures, options);
    onChoice?.(choice);
    try {
      return await attempt(choice);
    } catch (error) {
      const cause = failureOf(error, choice);
      if (!cause || !chooser.isOpen(asked) || signal?.aborted) {
        // What the engines fail at one after the other, the processor last, is not the devices' fault.
        if (['engine', 'worker-lost', 'timeout'].includes(toErrorRecord(error).code))
          for (const { takeBack } of failures) await takeBack();
        throw error;
      }
      const keep = async () => undefined;
      if (cause === 'unfit') failures.push({ choice, error, takeBack: keep });
      else {
        const undo = await chooser.failed(choice, toErrorRecord(error).message);
        failures.push({ choice, error, takeBack: cause === 'certain' ? keep : undo });
      }
    }
  }
}

async function nextChoice(
  chooser: EngineChooser,
  asked: AskedFor,
  work: WorkKind,
  failures: readonly Failure[],
  { signal, stop, onChoice }: FallbackOptions,
): Promise<EngineChoice> {
  const without = failures.map(({ choice }) => choice);
  const onTrial = () => onChoice?.(null);
  let choice: EngineChoice;
  try {
    // After a failure there may be a checkpoint to publish: a stop then waits for the next device.
    choice = await withAnyAbort([signal, failures.length === 0 ? stop : undefined], (ended) =>
      chooser.choose(asked, work, { signal: ended, without, onTrial }),
    );
  } catch (error) {
    throw signal?.aborted ? error : (failures[0]?.error ?? error);
  }
  const warnings = failures.map(({ choice: failed, error }, i) => {
    const next = failures[i + 1]?.choice ?? choice;
    return `${nameOf(failed)} failed (${toErrorRecord(error).message}); the job goes on with ${nameOf(next)}`;
  });
  return { ...choice, warnings: [...choice.warnings, ...warnings] };
}

/**
 * Whether an error is the backend's: for certain, where it says that it does not work or took its process with it;
 * probably, where it refused or failed to compute; unfit, where this is work that the engine does not do; null for errors
 * of input, limits and files.
 */
export function failureOf(
  error: unknown,
  { engine, device }: Pick<EngineChoice, 'engine' | 'device'>,
): 'certain' | 'probable' | 'unfit' | null {
  const { code, details } = toErrorRecord(error) as Pick<SegmenterError, 'code' | 'details'>;
  if (code === 'unsupported' && details?.engine === engine) return 'unfit';
  if (code === 'engine' && (details?.state === 'absent' || details?.state === 'broken')) return 'certain';
  if (device === 'cpu' || error instanceof StopTimeoutError) return null;
  if (code === 'worker-lost') return 'certain';
  // A model of someone else's that does not come back would not do so elsewhere either.
  if (code === 'timeout' && details?.hungDevice === device && !details.foreign) return 'probable';
  // A loss that is no number comes from data and settings.
  return code === 'engine' && !(details && 'loss' in details) ? 'probable' : null;
}
