import { readdirSync } from 'node:fs';
import path from 'node:path';

/** What the quick start's flow begins with, and the model it trains. */
const START = 'quick2d-start';
const MODEL = 'nuclei-2d';

/**
 * Presses the button that the quick start begins with, unless its model is there already: a deploy, or a later start, shall
 * not train again. To be called when the flows have started.
 * @param models folder of the models
 * @returns whether the flow runs now
 */
export function startFirstRun(RED, models) {
  const button = RED.nodes.getNode(START);
  if (!button || hasModel(path.join(models, MODEL))) return false;
  button.receive({});
  return true;
}

/** What begins with a dot belongs to trainings that have not ended. */
function hasModel(folder) {
  try {
    return readdirSync(folder).some((name) => !name.startsWith('.'));
  } catch {
    return false;
  }
}
