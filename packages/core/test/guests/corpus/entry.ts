import { readdirSync, readFileSync } from 'node:fs'

/** One small program with what it prints. */
export interface CorpusEntry {
  /** File name of the program, with its ending. */
  readonly name: string
  readonly language: 'python' | 'javascript' | 'shell'
  readonly program: string
  /** Who printed the recorded text: the everyday interpreter of the machine, or only this sandbox, with the reason. */
  readonly source: { readonly real: string } | { readonly here: string }
  readonly stdout: string
  /** Lines that standard error has. */
  readonly stderr: readonly string[]
  readonly exitCode: number
}

export const corpusArguments: readonly string[] = ['a', 'b']
export const corpusInput = '1\n2\n3\n'

const folder = new URL('./', import.meta.url)
const endings = { py: 'python', sh: 'shell' } as const
const mark = '==== '

const languageOf = (name: string): CorpusEntry['language'] => {
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return ending === 'py' || ending === 'sh' ? endings[ending] : 'javascript'
}

/** Reads `program.py.txt`: the program, then `==== stdout of …`, `==== stderr has` and `==== exit …`. */
const parseEntry = (file: string, text: string): CorpusEntry => {
  const parts = text.split(/^==== (.*)\n/m)
  const [program = ''] = parts
  const sections = new Map<string, string>()
  for (let at = 1; at + 1 < parts.length; at += 2)
    sections.set(parts[at] ?? '', parts[at + 1] ?? '')
  const heads = [...sections.keys()]
  const head = heads.find((one) => one.startsWith('stdout ')) ?? ''
  const exit = heads.find((one) => one.startsWith('exit ')) ?? ''
  if (head === '' || exit === '') throw new Error(`${file} has no stdout or no exit`)
  const name = file.replace(/\.txt$/, '')
  const here = /^stdout here: (.+)$/.exec(head)?.[1]
  return {
    name,
    language: languageOf(name),
    program,
    source: here === undefined ? { real: head.replace('stdout of ', '') } : { here },
    stdout: sections.get(head) ?? '',
    stderr: (sections.get('stderr has') ?? '').split('\n').filter((line) => line !== ''),
    exitCode: Number(exit.slice('exit '.length)),
  }
}

/** The text of an entry as it stands in its file. */
export const formatEntry = (entry: CorpusEntry): string => {
  const head = 'here' in entry.source ? `here: ${entry.source.here}` : `of ${entry.source.real}`
  const errors = entry.stderr.length === 0 ? '' : `${mark}stderr has\n${entry.stderr.join('\n')}\n`
  return `${entry.program}${mark}stdout ${head}\n${entry.stdout}${errors}${mark}exit ${entry.exitCode}\n`
}

export const entryFile = (entry: CorpusEntry): URL => new URL(`${entry.name}.txt`, folder)

export const readCorpus = (): CorpusEntry[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .toSorted()
    .map((file) => parseEntry(file, readFileSync(new URL(file, folder), 'utf8')))
