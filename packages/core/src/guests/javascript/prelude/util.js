// node:util.
const { inspect, custom } = require('inspect')
const { format, formatWithOptions } = require('format')
const { needFunction, invalidArgument, coded } = require('errors')
const { isMap, isSet, isDate, isRegExp, isArrayBuffer, boxed } = require('inspect-kinds')
const { isDeepStrictEqual } = require('deep-equal')

const customPromisify = Symbol.for('nodejs.util.promisify.custom')

const promisify = (original) => {
  needFunction(original, 'original')
  if (typeof original[customPromisify] === 'function') return original[customPromisify]
  return Object.setPrototypeOf(function promisified(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [
        ...args,
        (error, value) => (error ? reject(error) : resolve(value)),
      ])
    })
  }, Object.getPrototypeOf(original))
}
promisify.custom = customPromisify

const callbackify = (original) => {
  needFunction(original, 'original')
  return function callbackified(...args) {
    const callback = needFunction(args.pop(), 'last argument')
    const { nextTick } = require('timers')
    Reflect.apply(original, this, args).then(
      (value) => nextTick(callback, null, value),
      (error) =>
        nextTick(
          callback,
          error ??
            coded(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value'),
        ),
    )
  }
}

const inherits = (constructor, parent) => {
  Object.defineProperty(constructor, 'super_', {
    value: needFunction(parent, 'superCtor'),
    writable: true,
    configurable: true,
  })
  Object.setPrototypeOf(constructor.prototype, parent.prototype)
}

const deprecate = (run, message, code) => {
  let warned = false
  return function deprecated(...args) {
    if (!warned)
      require('process').process.emitWarning(
        `${code === undefined ? '' : `[${code}] `}${message}`,
        'DeprecationWarning',
      )
    warned = true
    return new.target ? Reflect.construct(run, args, new.target) : Reflect.apply(run, this, args)
  }
}

const tag = (value) => Object.prototype.toString.call(value).slice(8, -1)
const TypedArray = Object.getPrototypeOf(Uint8Array)
const isFunctionKind = (kind) => (value) => typeof value === 'function' && tag(value) === kind
const isBox = (name) => (value) =>
  value !== null && typeof value === 'object' && boxed(value)?.name === name

const types = {
  isMap,
  isSet,
  isDate,
  isRegExp,
  isArrayBuffer,
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || tag(value) === 'SharedArrayBuffer',
  isPromise: (value) => value instanceof Promise,
  isNativeError: (value) => value instanceof Error,
  isTypedArray: (value) => value instanceof TypedArray,
  isUint8Array: (value) => value instanceof Uint8Array,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isDataView: (value) => value instanceof DataView,
  isWeakMap: (value) => value instanceof WeakMap,
  isWeakSet: (value) => value instanceof WeakSet,
  isAsyncFunction: isFunctionKind('AsyncFunction'),
  isGeneratorFunction: isFunctionKind('GeneratorFunction'),
  isGeneratorObject: (value) => tag(value) === 'Generator',
  isSymbolObject: isBox('Symbol'),
  isNumberObject: isBox('Number'),
  isStringObject: isBox('String'),
  isBooleanObject: isBox('Boolean'),
  isBigIntObject: isBox('BigInt'),
  isBoxedPrimitive: (value) =>
    value !== null && typeof value === 'object' && boxed(value) !== undefined,
  isProxy: () => false,
  isExternal: () => false,
  isModuleNamespaceObject: (value) => tag(value) === 'Module',
}

/* oxlint-disable no-control-regex -- terminal sequences begin with a control character */
const stripVTControlCharacters = (text) =>
  String(text).replace(
    /[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g,
    '',
  )

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  strikethrough: [9, 29],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  gray: [90, 39],
  grey: [90, 39],
  bgRed: [41, 49],
  bgGreen: [42, 49],
  bgYellow: [43, 49],
  bgBlue: [44, 49],
}

/** Output is no terminal, so that text gets its colours only where the caller does not ask for one. */
const styleText = (style, text, options) => {
  const shown = [style].flat().reduceRight((inner, name) => {
    const pair = styles[name]
    if (pair === undefined) throw invalidArgument('format', 'a known style', name)
    return `\u001b[${pair[0]}m${inner}\u001b[${pair[1]}m`
  }, text)
  return options?.validateStream === false ? shown : String(text)
}

const debuglog = () => Object.assign(() => {}, { enabled: false })

module.exports = {
  inspect,
  format,
  formatWithOptions,
  promisify,
  callbackify,
  inherits,
  deprecate,
  types,
  isDeepStrictEqual,
  stripVTControlCharacters,
  styleText,
  debuglog,
  debug: debuglog,
  parseArgs: (config) => require('parse-args').parseArgs(config),
  isArray: Array.isArray,
  TextEncoder,
  TextDecoder,
  toUSVString: (text) => String(text).toWellFormed(),
  inspectCustom: custom,
  get parseEnv() {
    return require('parse-args').parseEnv
  },
  aborted: (signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    }),
}
delete module.exports.inspectCustom
