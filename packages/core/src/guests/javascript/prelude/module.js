// node:module.
const { Module, createRequire, cache } = require('modules')
const builtins = require('builtins')

const module_ = Object.assign(Module, {
  Module,
  createRequire,
  _cache: cache,
  builtinModules: builtins.names,
  isBuiltin: (name) => Object.hasOwn(builtins.builtins, String(name).replace(/^node:/, '')),
})

module.exports = module_
