// node:assert.
const { looseEqual } = require('loose-equal')
const { inspect } = require('inspect')
const { isDeepStrictEqual, isDeepEqual } = require('deep-equal')
const { needFunction, coded } = require('errors')

class AssertionError extends Error {
  constructor({ message, actual, expected, operator, stackStartFn }) {
    super(message)
    this.generatedMessage = false
    this.code = 'ERR_ASSERTION'
    this.actual = actual
    this.expected = expected
    this.operator = operator
    if (stackStartFn !== undefined) Error.captureStackTrace(this, stackStartFn)
  }
}
Object.defineProperty(AssertionError.prototype, 'name', {
  value: 'AssertionError',
  configurable: true,
  writable: true,
})

const show = (value) =>
  inspect(value, { depth: 1000, maxArrayLength: Infinity, breakLength: 80, sorted: true })

const differences = (actual, expected) => {
  const [left, right] = [show(actual).split('\n'), show(expected).split('\n')]
  const lines = []
  let at = 0
  let other = 0
  while (at < left.length || other < right.length) {
    if (left[at] === right[other]) {
      lines.push(`  ${left[at]}`)
      at += 1
      other += 1
    } else if (at < left.length && !right.slice(other).includes(left[at]))
      lines.push(`+ ${left[at++]}`)
    else if (other < right.length) lines.push(`- ${right[other++]}`)
    else lines.push(`+ ${left[at++]}`)
  }
  return `+ actual - expected\n\n${lines.join('\n')}\n`
}

const fail = (about, message, text) => {
  if (message instanceof Error) throw message
  const error = new AssertionError({ ...about, message: message ?? text })
  error.generatedMessage = message === undefined
  throw error
}

const ok = (...args) => {
  const [value, message] = args
  if (!value)
    fail(
      { actual: value, expected: true, operator: '==', stackStartFn: ok },
      message,
      args.length === 0
        ? 'No value argument passed to `assert.ok()`'
        : `The expression evaluated to a falsy value: ${show(value)}`,
    )
}

const assert = (...args) => ok(...args)

const simple = (actual, expected) =>
  [actual, expected].every(
    (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  )

const compare = (operator, test, explain) => {
  const check = (actual, expected, message) => {
    if (!test(actual, expected))
      fail({ actual, expected, operator, stackStartFn: check }, message, explain(actual, expected))
  }
  return check
}

const strictText = (title) => (actual, expected) =>
  simple(actual, expected) && title.includes('strictly equal')
    ? `${title}\n\n${show(actual)} !== ${show(expected)}\n`
    : `${title}\n${differences(actual, expected)}`
const not = (title) => (actual) => `${title}${show(actual)}`

const methods = {
  ok,
  equal: compare(
    '==',
    (left, right) => looseEqual(left, right),
    (left, right) => `${show(left)} == ${show(right)}`,
  ),
  notEqual: compare(
    '!=',
    (left, right) => !looseEqual(left, right),
    (left, right) => `${show(left)} != ${show(right)}`,
  ),
  strictEqual: compare(
    'strictEqual',
    Object.is,
    strictText('Expected values to be strictly equal:'),
  ),
  notStrictEqual: compare(
    'notStrictEqual',
    (left, right) => !Object.is(left, right),
    not('Expected "actual" to be strictly unequal to: '),
  ),
  deepEqual: compare(
    'deepEqual',
    isDeepEqual,
    strictText('Expected values to be loosely deep-equal:'),
  ),
  notDeepEqual: compare(
    'notDeepEqual',
    (left, right) => !isDeepEqual(left, right),
    not('Expected "actual" not to be loosely deep-equal to: '),
  ),
  deepStrictEqual: compare(
    'deepStrictEqual',
    isDeepStrictEqual,
    strictText('Expected values to be strictly deep-equal:'),
  ),
  notDeepStrictEqual: compare(
    'notDeepStrictEqual',
    (left, right) => !isDeepStrictEqual(left, right),
    not('Expected "actual" not to be strictly deep-equal to: '),
  ),
  fail: (message = 'Failed') => fail({ operator: 'fail' }, message, 'Failed'),
  match: compare(
    'match',
    (text, pattern) => pattern.test(text),
    (text, pattern) =>
      `The input did not match the regular expression ${pattern}. Input:\n\n${show(text)}\n`,
  ),
  doesNotMatch: compare(
    'doesNotMatch',
    (text, pattern) => !pattern.test(text),
    (text, pattern) =>
      `The input was expected to not match the regular expression ${pattern}. Input:\n\n${show(text)}\n`,
  ),
  ifError: (value) => {
    if (value !== null && value !== undefined)
      fail(
        { actual: value, expected: null, operator: 'ifError' },
        undefined,
        `ifError got unwanted exception: ${value.message ?? show(value)}`,
      )
  },
}

const matches = (error, expected, message) => {
  if (expected === undefined || typeof expected === 'string') return
  if (expected instanceof RegExp) return methods.match(String(error), expected, message)
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return
    if (Error.isPrototypeOf(expected)) throw error
    if (expected.call({}, error) !== true)
      fail(
        { actual: error, expected, operator: 'throws' },
        message,
        'The validation function is expected to return "true".',
      )
    return
  }
  for (const key of Object.keys(expected)) {
    const wanted = expected[key]
    if (wanted instanceof RegExp && typeof error[key] === 'string')
      methods.match(error[key], wanted, message)
    else methods.deepStrictEqual(error[key], wanted, message)
  }
}

const missing = (operator, expected, message) => {
  const text = typeof expected === 'string' ? expected : message
  fail(
    { actual: undefined, expected, operator },
    text === undefined
      ? undefined
      : `Missing expected ${operator === 'throws' ? 'exception' : 'rejection'}: ${text}`,
    `Missing expected ${operator === 'throws' ? 'exception' : 'rejection'}.`,
  )
}

methods.throws = (run, expected, message) => {
  needFunction(run, 'fn')
  let thrown
  try {
    run()
  } catch (error) {
    thrown = [error]
  }
  if (thrown === undefined) missing('throws', expected, message)
  matches(thrown[0], expected, message)
}

methods.doesNotThrow = (run, _expected, message) => {
  try {
    needFunction(run, 'fn')()
  } catch (error) {
    fail(
      { actual: error, operator: 'doesNotThrow' },
      message,
      `Got unwanted exception.\nActual message: "${error?.message}"`,
    )
  }
}

const started = (run) => {
  if (typeof run !== 'function') return Promise.resolve(run)
  const promise = run()
  if (typeof promise?.then !== 'function')
    throw coded(
      TypeError,
      'ERR_INVALID_RETURN_VALUE',
      'Expected instance of Promise to be returned from the "promiseFn" function',
    )
  return promise
}

methods.rejects = async (run, expected, message) => {
  const outcome = await started(run).then(
    () => undefined,
    (error) => [error],
  )
  if (outcome === undefined) missing('rejects', expected, message)
  matches(outcome[0], expected, message)
}

methods.doesNotReject = async (run, _expected, message) => {
  await started(run).catch((error) =>
    fail(
      { actual: error, operator: 'doesNotReject' },
      message,
      `Got unwanted rejection.\nActual message: "${error?.message}"`,
    ),
  )
}

Object.assign(assert, methods, { AssertionError })
const strict = (...args) => ok(...args)
Object.assign(strict, assert, {
  equal: methods.strictEqual,
  notEqual: methods.notStrictEqual,
  deepEqual: methods.deepStrictEqual,
  notDeepEqual: methods.notDeepStrictEqual,
})
strict.strict = strict
assert.strict = strict

module.exports = assert
