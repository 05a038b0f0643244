import type { Engine, EngineRuntime } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { LanguageItem } from '../protocol/methods.ts'

/** What a session.create asked for. */
export interface LanguageRequest {
  readonly language: string
  readonly engine?: string
  readonly runtime?: string
}

export interface LanguageChoice {
  readonly engine: Engine
  readonly runtime: EngineRuntime
}

/** Every language of every engine, as clients see it. */
export const listLanguages = (engines: readonly Engine[]): readonly LanguageItem[] =>
  engines.flatMap((engine) =>
    engine.runtimes().map(({ language, runtime, version, aliases }) => ({
      language,
      runtime,
      version,
      engine: engine.name,
      aliases,
    })),
  )

const isLanguage = (runtime: EngineRuntime, asked: string): boolean => {
  const name = asked.toLowerCase()
  return runtime.language === name || runtime.aliases.some((alias) => alias.toLowerCase() === name)
}

/** `Python 3.12`, `3.12`, `python3.12` and `python@3` all mean versions that start so. */
const isVersion = (runtime: EngineRuntime, asked: string): boolean => {
  if (asked.toLowerCase() === runtime.runtime.toLowerCase()) return true
  const match = /^(?<name>[a-z#+.]*?)[\s@:-]*(?<version>\d+(?:\.\d+)*)$/iu.exec(asked.trim())
  const name = match?.groups?.['name'] ?? ''
  const version = match?.groups?.['version']
  const names = [runtime.language, runtime.runtime.split(' ')[0]?.toLowerCase(), ...runtime.aliases]
  if (version === undefined || (name !== '' && !names.includes(name.toLowerCase()))) return false
  return runtime.version === version || runtime.version.startsWith(`${version}.`)
}

const describeAsked = ({ language, engine, runtime }: LanguageRequest): string =>
  `${runtime === undefined ? language : `${language} (${runtime})`}${engine === undefined ? '' : ` on engine ${engine}`}`

/**
 * First engine that has what was asked for. Throws LANGUAGE_UNAVAILABLE or ENGINE_UNAVAILABLE; `details.available`
 * lists what there is. Nothing else is taken instead.
 */
export const chooseRuntime = (
  engines: readonly Engine[],
  asked: LanguageRequest,
): LanguageChoice => {
  const named = engines.filter(({ name }) => asked.engine === undefined || name === asked.engine)
  const available = listLanguages(engines)
  if (named.length === 0)
    throw new SandboxError(
      'ENGINE_UNAVAILABLE',
      `There is no engine ${asked.engine}; there is ${engines.map(({ name }) => name).join(', ')}.`,
      {
        details: { engines: engines.map(({ name }) => name), available },
      },
    )
  for (const engine of named) {
    const runtime = engine
      .runtimes()
      .find(
        (item) =>
          isLanguage(item, asked.language) &&
          (asked.runtime === undefined || isVersion(item, asked.runtime)),
      )
    if (runtime) return { engine, runtime }
  }
  const list = available
    .map((item) => `${item.language} (${item.runtime}, engine ${item.engine})`)
    .join(', ')
  throw new SandboxError(
    'LANGUAGE_UNAVAILABLE',
    `No engine has ${describeAsked(asked)}; there is ${list}.`,
    {
      details: { available },
    },
  )
}
