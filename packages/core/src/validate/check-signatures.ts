import { isCallable } from '../abi/detect.ts'
import type { AbiName } from '../abi/guest.ts'
import type { ModuleShape } from '../binary/module-shape.ts'
import type { FunctionType } from '../binary/types.ts'
import type { FunctionSignature } from '../containers/types.ts'
import { shown } from '../registry/digest.ts'
import type { Findings } from './findings.ts'

const types = ['string', 'number', 'boolean', 'object', 'array']
const deepest = 32

/** The signatures that are well formed; the others are findings. */
export function checkSignatures(
  value: unknown,
  path: string,
  findings: Findings,
): FunctionSignature[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    findings.error('METADATA_INVALID', path, `"${path}" is a list of signatures.`)
    return []
  }
  const seen = new Set<string>()
  const sight: Sight = { findings, valid: new WeakMap() }
  return value.filter((one: unknown, n): one is FunctionSignature => {
    const at = `${path}[${n}]`
    if (!isSignature(one, at, sight)) return false
    if (seen.has(one.name))
      findings.error('SIGNATURE_DUPLICATE', at, `"${one.name}" is described twice.`)
    seen.add(one.name)
    return true
  })
}

/** What was seen so far. */
interface Sight {
  readonly findings: Findings
  /** Types that are good at this depth, and above it: one object may stand in many places, each of which would be gone through again. */
  readonly valid: WeakMap<object, number>
}

function isSignature(value: unknown, path: string, sight: Sight): value is FunctionSignature {
  const { findings } = sight
  const { name, parameters, returnType } = fieldsOf(value)
  if (typeof name !== 'string' || name === '')
    return invalid(findings, `${path}.name`, 'has no name')
  if (!Array.isArray(parameters))
    return invalid(findings, `${path}.parameters`, 'has no list of parameters')
  const parametersAreValid = parameters.every((one: unknown, n) => {
    const { name: own, type } = fieldsOf(one)
    const at = `${path}.parameters[${n}]`
    if (typeof own !== 'string' || own === '') return invalid(findings, at, 'has no name')
    return isType(type, { path: `${at}.type`, depth: 0 }, sight)
  })
  return isType(returnType, { path: `${path}.returnType`, depth: 0 }, sight) && parametersAreValid
}

function isType(value: unknown, at: { path: string; depth: number }, sight: Sight): boolean {
  const { path, depth } = at
  const { findings, valid } = sight
  if (typeof value === 'object' && value !== null && depth <= (valid.get(value) ?? -1)) return true
  if (depth > deepest) return invalid(findings, path, `nests deeper than ${deepest}`)
  const { type, itemType, properties } = fieldsOf(value)
  if (typeof type !== 'string' || !types.includes(type))
    return invalid(findings, path, `is of the type ${shown(type)}; known are ${types.join(', ')}`)
  if (itemType !== undefined && type !== 'array')
    return invalid(findings, path, 'has an itemType and is no array')
  if (properties !== undefined && type !== 'object')
    return invalid(findings, path, 'has properties and is no object')
  const inner = [
    ...(itemType === undefined ? [] : [['itemType', itemType] as const]),
    ...Object.entries(fieldsOf(properties)).map(
      ([name, one]) => [`properties.${name}`, one] as const,
    ),
  ]
  const isValid = inner.every(([name, one]) =>
    isType(one, { path: `${path}.${name}`, depth: depth + 1 }, sight),
  )
  if (isValid && typeof value === 'object' && value !== null) valid.set(value, depth)
  return isValid
}

function invalid(findings: Findings, path: string, what: string): false {
  findings.error('SIGNATURE_INVALID', path, `The signature at ${path} ${what}.`)
  return false
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** How the module takes values. */
export interface Callee {
  readonly shape: ModuleShape
  readonly abi: AbiName
  readonly numeric: readonly string[]
}

/** Compares signatures with the functions a module really has. */
export function compareSignatures(
  signatures: readonly FunctionSignature[],
  callee: Callee,
  report: { path: string; findings: Findings },
): void {
  const { path, findings } = report
  const { exports } = callee.shape
  for (const [n, signature] of signatures.entries()) {
    const found = exports.get(signature.name)
    const at = `${path}[${n}]`
    if (found?.kind !== 'function')
      findings.error('EXPORT_MISSING', at, `The module exports no function "${signature.name}".`)
    else if (isNumeric(signature.name, found.type, callee))
      compare(
        signature,
        { type: found.type, takesText: callee.abi === 'assemblyscript' },
        { at, findings },
      )
  }
  if (signatures.length === 0) return
  const described = new Set(signatures.map(({ name }) => name))
  for (const [name, one] of exports) {
    if (one.kind === 'function' && isCallable(name) && !described.has(name))
      findings.warn(
        'EXPORT_UNDESCRIBED',
        path,
        `No signature describes the exported function "${name}".`,
      )
  }
}

const i32 = 0x7f
const i64 = 0x7e

function isNumeric(
  name: string,
  { params, results }: FunctionType,
  { abi, numeric }: Callee,
): boolean {
  if (abi === 'extism') return false
  if (abi !== 'native' || numeric.includes(name)) return true
  const isJson = params.length === 2 && params.every((one) => one === i32) && results[0] === i64
  return !isJson
}

function compare(
  { name, parameters, returnType }: FunctionSignature,
  { type, takesText }: { type: FunctionType; takesText: boolean },
  { at, findings }: { at: string; findings: Findings },
): void {
  const mismatch = (what: string): void =>
    findings.error('SIGNATURE_MISMATCH', at, `The function "${name}" ${what}.`)
  if (parameters.length !== type.params.length)
    mismatch(`takes ${type.params.length} value(s); its signature has ${parameters.length}`)
  // AssemblyScript's objects are addresses, numbers of 32 bits.
  const fits = (wanted: string, wasm: number | undefined): boolean =>
    wanted === 'number' || wanted === 'boolean' || (takesText && wasm === i32)
  for (const [n, parameter] of parameters.entries()) {
    if (n < type.params.length && !fits(parameter.type.type, type.params[n]))
      mismatch(`takes a number as "${parameter.name}"; its signature says ${parameter.type.type}`)
  }
  if (type.results.length === 1 && !fits(returnType.type, type.results[0]))
    mismatch(`gives a number; its signature says ${returnType.type}`)
  if (type.results.length === 0 && returnType.type !== 'object')
    mismatch(`gives nothing; its signature says ${returnType.type}`)
}
