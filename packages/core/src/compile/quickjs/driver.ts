/**
 * The script inside the interpreter that stands between the module's exports and the functions of the source. It answers text: `=` and JSON, or
 * `!` and why there is none.
 */
export const driver: string = `(function (isDebug, end) {
  const { parse, stringify } = JSON
  const { entries } = Object
  const text = String
  let functions = {}
  let outcome
  let logs = []
  const show = (value) => {
    if (typeof value === 'string') return value
    try { return stringify(value) ?? text(value) } catch { return text(value) }
  }
  const log = (...values) => { logs.push(values.map(show).join(' ')) }
  globalThis.console = { log, info: log, debug: log, warn: log, error: log }
  const describe = (error) => {
    if (!(error instanceof Error)) return 'Thrown: ' + show(error)
    return isDebug ? error + '\\n' + error.stack : text(error)
  }
  const settle = (value) => {
    outcome = undefined
    if (typeof value?.then !== 'function') return void (outcome = { value })
    value.then((value) => { outcome = { value } }, (error) => { outcome = { error } })
  }
  const operations = {
    bind(module) {
      settle(module)
    },
    bound() {
      if (outcome === undefined) return '!The top level waits for something that never comes.'
      if ('error' in outcome) return '!' + describe(outcome.error) + '\\n' + (outcome.error?.stack ?? '')
      functions = outcome.value
      return '=' + stringify(entries(functions).filter(([, one]) => typeof one === 'function').map(([name, one]) => [name, one.length]))
    },
    call(name, json) {
      settle(functions[name](...(json === '' ? [] : parse(json))))
    },
    set(name, json) {
      functions[name](json === '' ? undefined : parse(json))
      outcome = { value: undefined }
    },
    take() {
      if (outcome === undefined) return '!The function waits for something that never comes: nothing is left to run.'
      if ('error' in outcome) return '!' + describe(outcome.error)
      return '=' + (stringify(outcome.value) ?? '')
    },
    logs() {
      const said = logs.map((line) => line + end).join(end === '' ? '\\n' : '')
      logs = []
      return said
    },
  }
  return (operation, name, json) => {
    try {
      return operations[operation](name, json) ?? ''
    } catch (error) {
      outcome = { error }
      return '!' + describe(error)
    }
  }
})`
