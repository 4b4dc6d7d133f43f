const { relative } = require('node:path');
const { Spec } = require('mocha').reporters;

/** How Mocha calls an error that is of no test. */
const NO_TEST = 'Uncaught error outside test suite';

/** Mocha's usual report, closed by one plain line that other programs can read. */
class PlainClose extends Spec {
  epilogue() {
    super.epilogue();
    const { passes = 0, failures = 0, pending = 0 } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
}

/** The report of runs that follow one another: each adds to `parts`, and the one with `isLast` closes for all. */
class PartOfAll extends PlainClose {
  constructor(runner, options) {
    super(runner, options);
    this.options = options.reporterOptions;
    // What is no test's fault has no other name: a file that cannot be loaded, or whose process died.
    runner.on('fail', (test, { file }) => {
      if (file && test.title === NO_TEST) test.title = `${relative(process.cwd(), file)}: ${NO_TEST}`;
    });
  }

  epilogue() {
    const { parts, isLast } = this.options;
    parts.push(this);
    if (!isLast) return;
    const sum = (name) => parts.reduce((total, { stats }) => total + (stats[name] ?? 0), 0);
    const [passes, failures, pending, duration] = ['passes', 'failures', 'pending', 'duration'].map(sum);
    const all = { stats: { passes, failures, pending, duration }, failures: parts.flatMap((part) => part.failures) };
    PlainClose.prototype.epilogue.call(all);
  }
}

module.exports = PlainClose;
module.exports.PartOfAll = PartOfAll;
