import { COMMAND_SCHEMAS } from './command-schemas.ts'
import { ERROR_NUMBERS } from './errors.ts'
import { METHOD_DESCRIPTIONS, type MethodDescription } from './method-schemas.ts'
import { PROTOCOL_VERSION } from './limits.ts'

const toMethod = ([name, method]: readonly [string, MethodDescription]): Readonly<
  Record<string, unknown>
> => ({
  name,
  summary: method.summary,
  paramStructure: 'either',
  params: Object.entries(method.params).map(([param, schema]) => ({
    name: param,
    required: method.required.includes(param),
    schema: param === 'command' ? { oneOf: toRefs() } : schema,
  })),
  result: { name: 'result', schema: method.result },
})

const toRefs = (): readonly { readonly $ref: string }[] =>
  Object.keys(COMMAND_SCHEMAS).map((type) => ({ $ref: `#/components/schemas/${type}` }))

/**
 * Machine-readable description of every method.
 *
 * @see https://spec.open-rpc.org 1.3.2
 */
export const createOpenRpcDocument = (
  serverVersion: string,
): Readonly<Record<string, unknown>> => ({
  openrpc: '1.3.2',
  info: {
    title: 'Gaesup-State sandbox',
    version: PROTOCOL_VERSION,
    description: `Code-execution sessions, served by @gaesup-state/sandbox ${serverVersion}.`,
  },
  methods: Object.entries(METHOD_DESCRIPTIONS).map(toMethod),
  components: {
    schemas: COMMAND_SCHEMAS,
    errors: Object.fromEntries(
      Object.entries(ERROR_NUMBERS).map(([code, number]) => [
        code,
        { code: number, message: code },
      ]),
    ),
  },
})
