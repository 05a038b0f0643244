// node:querystring.
const escape = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) =>
    character === "'" ? '%27' : character,
  )

const unescape = (text) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

const primitive = (value) =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' && Number.isFinite(value)
      ? `${value}`
      : typeof value === 'bigint' || typeof value === 'boolean'
        ? `${value}`
        : ''

const stringify = (object, separator = '&', equals = '=', options) => {
  if (object === null || typeof object !== 'object') return ''
  const encode = options?.encodeURIComponent ?? escape
  return Object.keys(object)
    .flatMap((key) =>
      [object[key]]
        .flat()
        .map((value) => `${encode(primitive(key))}${equals}${encode(primitive(value))}`),
    )
    .join(separator)
}

const parse = (text, separator = '&', equals = '=', options) => {
  const found = Object.create(null)
  if (typeof text !== 'string' || text === '') return found
  const decode = options?.decodeURIComponent ?? unescape
  const limit = options?.maxKeys ?? 1000
  for (const [at, pair] of text.split(separator).entries()) {
    if (pair === '' || (limit > 0 && at >= limit)) continue
    const cut = pair.indexOf(equals)
    const [key, value] = (
      cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + equals.length)]
    ).map((part) => decode(part.replaceAll('+', ' ')))
    if (!(key in found)) found[key] = value
    else if (Array.isArray(found[key])) found[key].push(value)
    else found[key] = [found[key], value]
  }
  return found
}

module.exports = { parse, stringify, escape, unescape, decode: parse, encode: stringify }
