// console.table.
const { inspect } = require('inspect')
const { widthOf } = require('inspect-text')

const show = (value) =>
  inspect(value, {
    maxArrayLength: 3,
    breakLength: Infinity,
    depth:
      value !== null &&
      typeof value === 'object' &&
      !Array.isArray(value) &&
      Object.keys(value).length > 2
        ? -1
        : 0,
  })

const draw = (head, rows) => {
  const widths = head.map(
    (title, column) =>
      Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))) + 2,
  )
  const line = (cells) =>
    `│${cells.map((cell, column) => ` ${cell}${' '.repeat(widths[column] - widthOf(cell) - 1)}`).join('│')}│`
  const rule = (left, middle, right) =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right
  const body = rows.map((row) => line(head.map((_, column) => row[column] ?? '')))
  return [rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤'), ...body, rule('└', '┴', '┘')].join(
    '\n',
  )
}

const rowsOf = (data) => {
  if (data instanceof Map)
    return {
      index: '(iteration index)',
      rows: [...data].map(([key, value], at) => [at, { Key: key, Values: value }]),
    }
  if (data instanceof Set)
    return { index: '(iteration index)', rows: [...data].map((value, at) => [at, value]) }
  return { index: '(index)', rows: Object.keys(data).map((key) => [key, data[key]]) }
}

const table = (data, wanted) => {
  const { index, rows } = rowsOf(data)
  const columns = []
  let plain = false
  for (const [, row] of rows) {
    if (row === null || (typeof row !== 'object' && typeof row !== 'function')) plain = true
    else columns.push(...(wanted ?? Object.keys(row)).filter((key) => !columns.includes(key)))
  }
  const head = [index, ...columns, ...(plain ? ['Values'] : [])]
  const lines = rows.map(([key, row]) => {
    const simple = row === null || (typeof row !== 'object' && typeof row !== 'function')
    const cells = columns.map((column) =>
      !simple && Object.hasOwn(row, column) ? show(row[column]) : '',
    )
    return [String(key), ...cells, ...(plain ? [simple ? show(row) : ''] : [])]
  })
  return draw(head, lines)
}

module.exports = { table }
