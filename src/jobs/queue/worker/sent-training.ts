import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../base/errors';
import { isNameInModel, isNameInRun, MODEL_FILES, modelFolder, RUNS } from '../../../models/layout';
import { isLeaseName } from '../../../storage/lease';
import { clearPartial, partialPath } from '../../../storage/partial';
import { TRAINING_FILES } from '../../../training/checkpoints/checkpoint-files';
import type { SentAnswer } from '../job-data';
import { withTexts } from '../shared-folders';
import type { SavedRun } from '../transfer/saved-run';
import type { AskerClient } from './asker-client';
import { sendFile } from './send-file';

/** Between two looks whether the training has saved. */
const LOOK_MS = 2000;
/** Of what a run leaves on a kill. */
const LEFT = /(\.damaged-\d+|\.partial-[0-9a-f]+)$/;

/**
 * A training on a machine that has no folder of models in common with the asker: it works in a folder of its own, what it saves
 * goes to the asker, so that another machine can go on, and so does the model in the end.
 */
export class SentTraining {
  private readonly known = new Map<string, SavedRun['files'][number] & { version: string }>();
  private sending: Promise<void> = Promise.resolve();
  private sent = '';
  private timer: NodeJS.Timeout | null = null;

  private constructor(
    readonly modelsFolder: string,
    private readonly model: string,
    private readonly client: AskerClient,
    private readonly attempt: number,
    private readonly log: (line: string) => void,
  ) {}

  /**
   * Makes the folder, with what another machine saved of this training.
   * @param attempt how often the job began on a worker
   */
  static async open(
    cache: string,
    { model, attempt }: { model: string; attempt: number },
    client: AskerClient,
    log: (line: string) => void,
  ): Promise<SentTraining> {
    const folder = path.join(cache, 'trainings');
    await mkdir(folder, { recursive: true });
    await clearPartial(folder).catch(() => undefined);
    const training = new SentTraining(await partialPath(path.join(folder, 'models')), model, client, attempt, log);
    await training.fetchSaved();
    return training;
  }

  /** Watches for what it saves. */
  begin(): void {
    let isBusy = false;
    const look = async () => {
      if (isBusy) return;
      isBusy = true;
      await this.save().catch((error: unknown) => this.log(`a saved training was not sent: ${messageOf(error)}`));
      isBusy = false;
    };
    this.timer = setInterval(() => void look(), LOOK_MS);
  }

  /** Sends what was saved last, unless it was sent. */
  save(): Promise<void> {
    const next = this.sending.catch(() => undefined).then(() => this.sendSaved());
    this.sending = next;
    return next;
  }

  /**
   * Sends the model that came of it.
   * @param portable makes the places in its card such that the asker knows
   */
  async sendModel(version: string, portable: (text: string) => string): Promise<NonNullable<SentAnswer['model']>> {
    await this.stop();
    const folder = path.join(modelFolder(this.modelsFolder, this.model), version);
    const card = path.join(folder, MODEL_FILES.card);
    await writeFile(card, JSON.stringify(withTexts(JSON.parse(await readFile(card, 'utf8')), portable)));
    const files: NonNullable<SentAnswer['model']>['files'] = [];
    for (const name of await namesBelow(folder)) {
      if (!isNameInModel(name)) continue;
      const { sha256 } = await sendFile(path.join(folder, ...name.split('/')), this.client);
      files.push({ name, sha256 });
    }
    return { name: this.model, files };
  }

  /** Ends it here; the folder goes, whatever is in it. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.modelsFolder, { recursive: true, force: true }).catch(() => undefined);
  }

  private async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.sending.catch(() => undefined);
  }

  private get runs(): string {
    return path.join(modelFolder(this.modelsFolder, this.model), RUNS);
  }

  private async fetchSaved(): Promise<void> {
    const saved = await this.client.savedRun();
    await mkdir(this.modelsFolder, { recursive: true });
    for (const { name, size, sha256 } of saved?.files ?? []) {
      const file = path.join(this.runs, String(saved?.run), ...name.split('/'));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, '');
      for (let at = 0; at < size; ) {
        const bytes = await this.client.piece(sha256, at, size);
        await writeFile(file, bytes, { flag: 'a' });
        at += bytes.length;
      }
    }
  }

  private async sendSaved(): Promise<void> {
    const [run] = await readdir(this.runs).catch(() => []);
    if (run === undefined) return;
    const folder = path.join(this.runs, run);
    const checkpoint = await versionOf(path.join(folder, TRAINING_FILES.checkpoint));
    if (checkpoint === null || checkpoint === this.sent) return;
    const files: SavedRun['files'] = [];
    for (const name of await namesBelow(folder)) {
      if (!isNameInRun(name) || LEFT.test(name) || isLeaseName(name) || name === TRAINING_FILES.before) continue;
      const found = await this.sendOne(folder, name);
      if (found) files.push(found);
    }
    if (!files.some(({ name }) => name === TRAINING_FILES.checkpoint)) return;
    await this.client.keepRun({ attempt: this.attempt, run, files });
    this.sent = checkpoint;
  }

  /** @returns null for what is gone since it was listed */
  private async sendOne(folder: string, name: string): Promise<SavedRun['files'][number] | null> {
    const file = path.join(folder, ...name.split('/'));
    const version = await versionOf(file);
    if (version === null) return null;
    const before = this.known.get(name);
    if (before?.version === version) return { name, size: before.size, sha256: before.sha256 };
    const { size, sha256 } = await sendFile(file, this.client);
    this.known.set(name, { name, size, sha256, version });
    return { name, size, sha256 };
  }
}

/** What tells versions of a file apart that is replaced by renaming. */
async function versionOf(file: string): Promise<string | null> {
  const status = await stat(file, { bigint: true }).catch(() => null);
  return status?.isFile() ? [status.ino, status.size, status.mtimeNs].join() : null;
}

/** Names of files, with `/` between folders. */
async function namesBelow(folder: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) found.push(...(await namesBelow(folder, `${below}${entry.name}/`)));
    else if (entry.isFile()) found.push(below + entry.name);
  }
  return found.sort();
}
