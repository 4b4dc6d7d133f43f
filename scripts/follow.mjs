// What a person at the terminal sees of a running flow, and how it ended.

/**
 * Prints what the segmenter nodes say in their statuses, and every error.
 * @returns a promise of the model, the scores and the saved files once the last sample of a sequence is saved and scored;
 *   rejects with the first error
 */
export function follow(RED, { print = console.log } = {}) {
  const started = Date.now();
  const line = (node, text) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(4);
    print(`${seconds} s  ${nameOf(node).padEnd(22)} ${text}`);
  };
  printStatuses(RED, line);
  return new Promise((resolve, reject) => {
    const outcome = { model: null, scores: null, saved: [] };
    let unsaved = null;
    const check = () => unsaved === 0 && outcome.scores && resolve(outcome);
    RED.hooks.add('onComplete.segmenter', ({ msg, error, node: { node } }) => {
      if (error) {
        line(node, `failed: ${error.message ?? error}`);
        reject(new Error(`${nameOf(node)}: ${error.message ?? error}`));
      } else if (node.type === 'segmenter-save-image') {
        outcome.saved.push(...Object.values(msg.payload?.saved ?? {}));
        unsaved = (unsaved ?? msg.parts?.count ?? 1) - 1;
      }
      check();
    });
    RED.hooks.add('onSend.segmenter', (events) => {
      for (const { msg, source } of events) {
        if (source.node.type === 'segmenter-train' && source.port === 0) outcome.model = msg.model;
        if (source.node.type === 'segmenter-evaluate' && source.port === 1) outcome.scores = msg.payload;
      }
      check();
    });
  });
}

/** Every word of a training, and of the other nodes how each message ended. */
function printStatuses(RED, line) {
  const last = new Map();
  RED.events.on('node-status', ({ id, status: { text, fill } }) => {
    const node = RED.nodes.getNode(id);
    if (!node?.type.startsWith('segmenter-') || !text) return;
    const underWay = fill === 'blue' || fill === 'grey';
    if ((underWay && node.type !== 'segmenter-train') || last.get(id) === text) return;
    last.set(id, text);
    line(node, text);
  });
}

function nameOf(node) {
  return node.name || node.type.replace('segmenter-', '');
}
