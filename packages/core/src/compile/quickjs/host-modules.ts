import type { DeclaredImports } from '../declared-imports.ts'

/** The module whose evaluation means that the source's begins. */
export const beginModule = 'gaesup:begin'

/**
 * Sources of the modules through which a script imports functions of the host: `import { add } from 'env'` for what is given as `env.add`. Throws
 * for every other module.
 */
export function hostModules(imports: DeclaredImports): (name: string) => string {
  const modules = Map.groupBy(imports, ({ module }) => module)
  return (specifier) => {
    if (specifier === beginModule) return `globalThis[Symbol.for('gaesup:begin')]()`
    const functions = modules.get(specifier)
    if (functions === undefined)
      throw new ReferenceError(`could not load module filename '${specifier}'`)
    const lines = functions.map(
      ({ module, name }, n) =>
        `const f${n} = host(${JSON.stringify(module)}, ${JSON.stringify(name)})\nexport { f${n} as ${JSON.stringify(name)} }`,
    )
    return `const host = globalThis[Symbol.for('gaesup:host')]\n${lines.join('\n')}`
  }
}
