// CommonJS: require, module, and running the main program.
const { commonJsPrefix, wrapped } = require('stack')
const { coded, fromRefusal, invalidArgument } = require('errors')
const { decode } = require('bytes')
const builtins = require('builtins')
const path = require('path')

const cache = Object.create(null)

class Module {
  constructor(id, parent) {
    this.id = id
    this.path = path.dirname(id)
    this.exports = {}
    this.filename = id
    this.loaded = false
    this.children = []
    this.paths = Module._nodeModulePaths(this.path)
    Object.defineProperty(this, 'parent', {
      value: parent,
      enumerable: false,
      configurable: true,
      writable: true,
    })
    if (parent !== undefined && parent !== null) parent.children.push(this)
  }

  require(specifier) {
    return load(specifier, this)
  }

  _compile(source, filename) {
    const run = compile(source, filename)
    return Reflect.apply(run, this.exports, [
      this.exports,
      makeRequire(this),
      this,
      filename,
      path.dirname(filename),
    ])
  }
}

Module._nodeModulePaths = (from) => {
  const found = []
  for (let at = from; ; at = path.dirname(at)) {
    if (path.basename(at) !== 'node_modules') found.push(path.join(at, 'node_modules'))
    if (at === '/') return found
  }
}

/** Compiles the body of a CommonJS file to a function; a syntax error is thrown with the file's own place. */
const compile = (source, filename) => {
  wrapped.add(filename)
  const made = host('compile', `${commonJsPrefix}${source}\n})`, filename)
  if (typeof made === 'function') return made
  throw made
}

const notFound = (error, specifier, parent) => {
  const text =
    error.message === '' || error.message === error.code
      ? `Cannot find module '${specifier}'`
      : error.message
  const stack = parent === undefined ? '' : `\nRequire stack:\n- ${parent.filename}`
  const made = coded(Error, error.code, text + (error.code === 'MODULE_NOT_FOUND' ? stack : ''))
  if (parent !== undefined) made.requireStack = [parent.filename]
  return made
}

const resolve = (specifier, parent) => {
  if (typeof specifier !== 'string') throw invalidArgument('id', 'of type string', specifier)
  if (specifier === '')
    throw coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      "The argument 'id' must be a non-empty string. Received ''",
    )
  const core = builtins.nameOf(specifier)
  if (core !== undefined) return { core, specifier }
  try {
    const [filename, format] = host('module.resolve', specifier, parent?.path ?? '/').split('\n')
    return { filename, format }
  } catch (error) {
    throw notFound(error, specifier, parent)
  }
}

const readText = (filename) => {
  let text
  try {
    text = host('module.source', filename)
  } catch (error) {
    throw error instanceof host.Refusal ? fromRefusal(error.code, error.message) : error
  }
  return text.startsWith('#!') ? `//${text}` : text
}

const loadJson = (module) => {
  try {
    module.exports = JSON.parse(
      decode(host('fs.read', module.filename), 'utf8').replace(/^\ufeff/, ''),
    )
  } catch (error) {
    error.message = `${module.filename}: ${error.message}`
    throw error
  }
}

const load = (specifier, parent) => {
  const found = resolve(specifier, parent)
  if (found.core !== undefined) return builtins.load(found.specifier)
  const known = cache[found.filename]
  if (known !== undefined) return known.exports
  if (found.format === 'module') {
    throw coded(
      Error,
      'ERR_REQUIRE_ESM',
      `require() of ES Module ${found.filename} is not supported. Use a dynamic import() instead.`,
    )
  }
  const module = new Module(found.filename, parent)
  cache[found.filename] = module
  let complete = false
  try {
    if (found.format === 'json') loadJson(module)
    else module._compile(readText(found.filename), found.filename)
    complete = true
  } finally {
    if (!complete) delete cache[found.filename]
  }
  module.loaded = true
  return module.exports
}

let main

const makeRequire = (module) => {
  const require_ = (specifier) => load(specifier, module)
  require_.resolve = (specifier) => {
    const found = resolve(specifier, module)
    return found.filename ?? found.specifier
  }
  require_.resolve.paths = () => module.paths
  require_.cache = cache
  require_.main = main
  require_.extensions = Object.assign(Object.create(null), { '.js': () => {}, '.json': () => {} })
  return require_
}

/**
 * Runs a CommonJS file as the main program. Answers 'module' without having run anything when the file can only be an
 * ES module: it does not parse as a script and `mayBeModule` allows it.
 */
const runMain = (filename, mayBeModule) => {
  const module = new Module(filename, null)
  module.id = '.'
  main = module
  let run
  try {
    run = compile(readText(filename), filename)
  } catch (error) {
    wrapped.delete(filename)
    if (mayBeModule && error instanceof SyntaxError) return 'module'
    throw error
  }
  cache[filename] = module
  Reflect.apply(run, module.exports, [
    module.exports,
    makeRequire(module),
    module,
    filename,
    module.path,
  ])
  module.loaded = true
  return 'done'
}

/** `require`, `module` and friends as globals, for `node -e`. */
const exposeCommonJs = (folder) => {
  const module = new Module(path.join(folder, '[eval]'), undefined)
  module.id = '[eval]'
  const names = {
    require: makeRequire(module),
    module,
    exports: module.exports,
    __filename: '[eval]',
    __dirname: '.',
  }
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    })
  }
  for (const name of builtins.names) {
    if (name.includes('/') || Object.hasOwn(globalThis, name)) continue
    Object.defineProperty(globalThis, name, {
      get: () => builtins.load(name),
      set: (value) => {
        Object.defineProperty(globalThis, name, {
          value,
          writable: true,
          configurable: true,
          enumerable: true,
        })
      },
      configurable: true,
      enumerable: false,
    })
  }
}

/** What ES modules import from a CommonJS or JSON file. */
const requirePath = (filename) => load(filename, { path: '/', filename, children: [] })

const createRequire = (from) => {
  const filename = String(from).startsWith('file:')
    ? require('url').fileURLToPath(from)
    : String(from)
  if (!filename.startsWith('/'))
    throw coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received '${filename}'`,
    )
  return makeRequire(new Module(filename, undefined))
}

module.exports = { Module, cache, runMain, exposeCommonJs, requirePath, createRequire, compile }
