const { Spec } = require('mocha').reporters;

/** Mocha's usual report, closed by one plain line that other programs can read. */
module.exports = class PlainClose extends Spec {
  epilogue() {
    super.epilogue();
    const { passes = 0, failures = 0, pending = 0 } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
