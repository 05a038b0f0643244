import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Names of the fields that a caller may give, or of the methods it may call, by the type they belong to. */
export interface PublicTypes {
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly methods: ReadonlyMap<string, readonly string[]>
}

const folder = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Reads them from the sources of the package's entries, by TypeScript's own understanding of them: every type that goes into an exported
 * function or method, with the types of its fields, and every method of what comes out. What is `closed` is not looked into.
 */
export function readPublicTypes(
  entries: readonly string[],
  closed: ReadonlySet<string>,
): PublicTypes {
  const files = entries.map((entry) => `${folder}${entry}`)
  const { config } = ts.readConfigFile(`${folder}tsconfig.json`, (path) =>
    ts.sys.readFile(path),
  ) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  const program = ts.createProgram(files, { ...options, noEmit: true })
  const reader = new Reader(program.getTypeChecker(), closed)
  for (const file of files) {
    const source = program.getSourceFile(file)
    const module = source && reader.checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module.`)
    for (const symbol of reader.checker.getExportsOfModule(module)) reader.readExport(symbol)
  }
  return reader
}

class Reader implements PublicTypes {
  readonly options = new Map<string, readonly string[]>()
  readonly methods = new Map<string, readonly string[]>()
  readonly checker: ts.TypeChecker
  readonly #closed: ReadonlySet<string>
  readonly #seen = new Set<ts.Type>()

  constructor(checker: ts.TypeChecker, closed: ReadonlySet<string>) {
    this.checker = checker
    this.#closed = closed
  }

  readExport(exported: ts.Symbol): void {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
    const symbol = isAlias ? this.checker.getAliasedSymbol(exported) : exported
    const type = this.checker.getTypeOfSymbol(symbol)
    if ((symbol.flags & ts.SymbolFlags.Function) !== 0)
      this.#readSignatures(symbol.name, type.getCallSignatures())
    if ((symbol.flags & ts.SymbolFlags.Class) === 0) return
    this.#readSignatures(symbol.name, type.getConstructSignatures())
    this.#readMethods(this.checker.getDeclaredTypeOfSymbol(symbol))
  }

  /** What goes in is options; what comes out may have methods. */
  #readSignatures(of: string, signatures: readonly ts.Signature[]): void {
    for (const signature of signatures) {
      if (!isOpen(signature.getDeclaration())) continue
      for (const parameter of signature.getParameters())
        this.#readOptions(`${of}(${parameter.name})`, this.checker.getTypeOfSymbol(parameter))
      this.#readMethods(this.checker.getAwaitedType(signature.getReturnType()))
    }
  }

  #readMethods(type: ts.Type | undefined): void {
    const name = type && this.#nameOf(type)
    if (type === undefined || name === undefined || this.methods.has(name)) return
    const methods = type
      .getProperties()
      .map((one) => [one.name, this.checker.getTypeOfSymbol(one), one] as const)
      .filter(([, of, one]) => of.getCallSignatures().length > 0 && isPublic(one))
    if (methods.length === 0) return
    this.methods.set(
      name,
      methods.map(([method]) => method),
    )
    for (const [method, of] of methods)
      this.#readSignatures(`${name}.${method}`, of.getCallSignatures())
  }

  /** A type without a name of its own is known by where it stands. */
  #readOptions(place: string, type: ts.Type): void {
    if (this.#seen.has(type)) return
    this.#seen.add(type)
    if (type.isUnionOrIntersection())
      for (const one of type.types) this.#readOptions(type.aliasSymbol?.name ?? place, one)
    const name = this.#nameOf(type)
    if (name === undefined || (type.flags & ts.TypeFlags.Object) === 0) return
    if (((type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) !== 0) return
    if (type.getCallSignatures().length > 0) return
    const shown = name === '__type' ? place : name
    const fields = type.getProperties().filter(isPublic)
    this.#add(shown, fields)
    for (const field of fields)
      this.#readOptions(`${shown}.${field.name}`, this.checker.getTypeOfSymbol(field))
  }

  #add(name: string, fields: readonly ts.Symbol[]): void {
    const names = new Set([...(this.options.get(name) ?? []), ...fields.map((one) => one.name)])
    this.options.set(name, [...names])
  }

  /** Types of this package alone. `Partial<X>` and its like are known as `X`. */
  #nameOf(type: ts.Type): string | undefined {
    const symbol = type.aliasSymbol ?? type.getSymbol()
    const declared = symbol?.getDeclarations()?.[0]?.getSourceFile().fileName
    if (declared?.startsWith(`${folder}src/`) === true)
      return this.#closed.has(symbol?.name ?? '') ? undefined : symbol?.name
    const inner = type.aliasTypeArguments?.[0]
    return inner === undefined ? undefined : this.#nameOf(inner)
  }
}

function isPublic(symbol: ts.Symbol): boolean {
  const [declaration] = symbol.getDeclarations() ?? []
  return declaration !== undefined && !symbol.name.startsWith('#') && isOpen(declaration)
}

function isOpen(declaration: ts.Declaration | undefined): boolean {
  if (declaration === undefined) return true
  const isPrivate = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) !== 0
  const tags = ts.getJSDocTags(declaration)
  return !isPrivate && !tags.some(({ tagName }) => tagName.text === 'internal')
}
