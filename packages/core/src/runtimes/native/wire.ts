/** What the driver inside the module is told over its stdin: 24 bytes each (number, a, b, c), some with bytes behind. */
export const DriverOp = {
  /** Leaves the innermost wait; b is the result of the host function. */
  return: 0,
  /** a: slot, c: arguments of 8 bytes that follow. Answered by `result`. */
  call: 1,
  /** a: slot, b: pointer << 32 | length. Answered by `json` and then `result`. */
  callJson: 2,
  /** a: address, b: length. Answered by `data`. */
  read: 3,
  /** a: address, b: length of the bytes that follow. */
  write: 4,
  /** a: address. Answered by `value`. */
  load: 5,
  /** a: address, b: value. */
  store: 6,
  /** a: slot of a global. Answered by `value`. */
  getGlobal: 7,
  /** a: slot of a global, b: value. */
  setGlobal: 8,
  /** a: pages. Answered by `value`. */
  grow: 9,
  /** b: fuel, c: depth. */
  fuel: 10,
  exit: 11,
  /** As `read` and `write`, of the memory of a linked module. */
  readOther: 12,
  writeOther: 13,
  /** Answered by `value`: pages of the memory of a linked module. */
  pagesOfOther: 14,
} as const

/** What it says on its stdout: 24 bytes each (number, pages of memory, b, c), some with bytes behind. */
export const DriverSays = {
  /** b: value, c: fuel that is left. */
  result: 1,
  /** b: length of the bytes that follow. */
  data: 2,
  value: 3,
  /** Out of fuel or too deep. b: fuel, c: depth. */
  tick: 4,
  /** b: import, c: arguments of 8 bytes that follow. */
  hostCall: 5,
  /** b: pointer << 32 | length; the bytes follow. */
  json: 6,
  /** The same, without bytes: they are not where the driver can send them from. */
  jsonUnsent: 7,
  /** b: version of this protocol. */
  ready: 8,
} as const

export const driverVersion = 1n
export const headBytes = 24
/** Of the module's memory the driver borrows so much at address 0 while it speaks; `read` and `write` stay above. */
export const scratchBytes = 168
/** Arguments that fit in there. */
export const maxArguments = 16
