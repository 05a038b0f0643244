// What the parts of the prelude share.
const state = {
  startedAtMs: 0,
  /** Set while the program is ending, so that `exit` handlers run once. */
  exiting: false,
}

module.exports = { state }
