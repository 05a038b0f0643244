// Text pieces of util.inspect.
const colors = {
  number: [33, 39],
  bigint: [33, 39],
  boolean: [33, 39],
  undefined: [90, 39],
  null: [1, 22],
  string: [32, 39],
  symbol: [32, 39],
  special: [36, 39],
  date: [35, 39],
  regexp: [31, 39],
  module: [4, 24],
}

const ansi = (text, kind) => {
  const pair = colors[kind]
  return pair === undefined ? text : `\u001b[${pair[0]}m${text}\u001b[${pair[1]}m`
}

const escapes = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' }
/* oxlint-disable no-control-regex -- control characters are what is looked for */
const special =
  /[\u0000-\u001f'\\\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const quote = (text) => {
  const mark = !text.includes("'")
    ? "'"
    : !text.includes('"')
      ? '"'
      : !text.includes('`') && !text.includes('${')
        ? '`'
        : "'"
  const body = text.replace(special, (character) => {
    if (character === "'") return mark === "'" ? "\\'" : "'"
    const known = escapes[character]
    if (known !== undefined) return known
    const code = character.charCodeAt(0)
    return code > 0xff
      ? `\\u${code.toString(16).toUpperCase()}`
      : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return `${mark}${body}${mark}`
}

const formatString = (context, text, typed) => {
  let shown = text
  let trailer = ''
  if (shown.length > context.maxStringLength) {
    const rest = shown.length - context.maxStringLength
    shown = shown.slice(0, context.maxStringLength)
    trailer = `... ${rest} more character${rest > 1 ? 's' : ''}`
  }
  if (
    !typed &&
    context.compact !== true &&
    shown.length > 16 &&
    shown.length > context.breakLength - context.indentation - 4
  ) {
    const lines = shown.match(/[^\n]*\n|[^\n]+$/g) ?? []
    return (
      lines
        .map((line) => context.style(quote(line), 'string'))
        .join(` +\n${' '.repeat(context.indentation + 2)}`) + trailer
    )
  }
  return context.style(quote(shown), 'string') + trailer
}

const formatNumber = (value) => (Object.is(value, -0) ? '-0' : `${value}`)

const formatPrimitive = (context, value, typed) => {
  if (typeof value === 'string') return formatString(context, value, typed)
  if (typeof value === 'number') return context.style(formatNumber(value), 'number')
  if (typeof value === 'bigint') return context.style(`${value}n`, 'bigint')
  if (value === null) return context.style('null', 'null')
  return context.style(String(value), typeof value)
}

const formatKey = (context, key) => {
  if (typeof key === 'symbol') return context.style(String(key), 'symbol')
  if (key === '__proto__') return "['__proto__']"
  return /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key) ? key : context.style(quote(key), 'string')
}

// oxlint-disable-next-line no-control-regex -- terminal colours begin with a control character
const withoutColors = (text) => text.replace(/\u001b\[\d+m/g, '')
const widthOf = (text) =>
  [...withoutColors(text)].reduce(
    (sum, character) =>
      sum +
      (character > '\u10ff' &&
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  )

/** Lays out the entries of a long array in columns. */
const groupArrayElements = (context, output, value) => {
  const hasRest = Array.isArray(value) && value.length > context.maxArrayLength
  const count = output.length - (hasRest ? 1 : 0)
  const widths = output.slice(0, count).map(widthOf)
  const widest = Math.max(...widths) + 2
  const total = widths.reduce((sum, width) => sum + width + 2, 0)
  if (widest * 3 + context.indentation >= context.breakLength) return output
  if (total / widest <= 5 && widest - 2 > 6) return output
  const bias = Math.sqrt(widest - total / output.length)
  const biased = Math.max(widest - 3 - bias, 1)
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * biased * count) / biased),
    Math.floor((context.breakLength - context.indentation) / widest),
    context.compact * 4,
    15,
  )
  if (columns <= 1) return output
  return layColumns({
    output,
    widths,
    columns,
    count,
    right:
      Array.isArray(value) &&
      value.every((item) => typeof item === 'number' || typeof item === 'bigint'),
  })
}

const layColumns = ({ output, widths, columns, count, right }) => {
  const columnWidths = Array.from({ length: columns }, (_, column) => {
    let width = 0
    for (let at = column; at < count; at += columns) width = Math.max(width, widths[at])
    return width + 2
  })
  const rows = []
  for (let begin = 0; begin < count; begin += columns) {
    const end = Math.min(begin + columns, count)
    let row = ''
    for (let at = begin; at < end; at += 1) {
      const last = at === end - 1
      const cell = last ? output[at] : `${output[at]}, `
      const width = columnWidths[at - begin] + output[at].length - widths[at] - (last ? 2 : 0)
      row += right ? cell.padStart(width) : last ? cell : cell.padEnd(width)
    }
    rows.push(row)
  }
  return [...rows, ...output.slice(count)]
}

module.exports = {
  quote,
  formatPrimitive,
  formatNumber,
  formatKey,
  groupArrayElements,
  ansi,
  widthOf,
}
