// util.parseArgs and util.parseEnv.
const { coded } = require('errors')

const unknown = (name) =>
  coded(TypeError, 'ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${name}'`)

/** What stores one option that was given, taking its value from the queue where it needs one. */
const makeTake = ({ options, strict, allowNegative, values, queue }) => {
  const put = (name, value) => {
    if (options[name]?.multiple) values[name] = [...(values[name] ?? []), value]
    else values[name] = value
  }
  return (name, shown, inline) => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (
      option === undefined &&
      allowNegative &&
      name.startsWith('no-') &&
      options[name.slice(3)]?.type === 'boolean'
    )
      return put(name.slice(3), false)
    if (option === undefined && strict) throw unknown(shown)
    if (option?.type !== 'string') {
      if (inline !== undefined && strict)
        throw coded(
          TypeError,
          'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
          `Option '${shown}' does not take an argument`,
        )
      return put(name, inline ?? true)
    }
    const value = inline ?? queue.shift()
    if (value === undefined && strict)
      throw coded(
        TypeError,
        'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
        `Option '${shown} <value>' argument missing`,
      )
    return put(name, value ?? true)
  }
}

const parseArgs = (config = {}) => {
  const {
    options = {},
    strict = true,
    allowPositionals = !strict,
    args = require('process').process.argv.slice(2),
    allowNegative = false,
  } = config
  const values = Object.create(null)
  const positionals = []
  const byShort = new Map(Object.entries(options).map(([name, option]) => [option.short, name]))
  const queue = [...args]
  const take = makeTake({ options, strict, allowNegative, values, queue })
  while (queue.length > 0) {
    const argument = queue.shift()
    if (argument === '--') {
      positionals.push(...queue.splice(0))
    } else if (argument.startsWith('--')) {
      const [name, ...rest] = argument.slice(2).split('=')
      take(name, `--${name}`, rest.length > 0 ? rest.join('=') : undefined)
    } else if (argument.startsWith('-') && argument.length > 1) {
      const letters = argument.slice(1).split('')
      while (letters.length > 0) {
        const letter = letters.shift()
        const name = byShort.get(letter) ?? letter
        const inline =
          options[name]?.type === 'string' && letters.length > 0
            ? letters.splice(0).join('')
            : undefined
        take(name, `-${letter}`, inline)
      }
    } else {
      if (!allowPositionals)
        throw coded(
          TypeError,
          'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL',
          `Unexpected argument '${argument}'. This command does not take positional arguments`,
        )
      positionals.push(argument)
    }
  }
  for (const [name, option] of Object.entries(options))
    if (!(name in values) && option.default !== undefined) values[name] = option.default
  return { values, positionals }
}

const parseEnv = (text) => {
  const found = {}
  for (const line of String(text).split('\n')) {
    const match = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*))/.exec(line)
    if (match !== null)
      found[match[1]] = match[2]?.replaceAll('\\n', '\n') ?? match[3] ?? match[4].trim()
  }
  return found
}

module.exports = { parseArgs, parseEnv }
