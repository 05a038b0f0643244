import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInterpreters } from '../../src/interpreters/index.ts'
import {
  corpusArguments,
  corpusInput,
  entryFile,
  formatEntry,
  readCorpus,
  type CorpusEntry,
} from './corpus/entry.ts'

const corpus = readCorpus()
const mebibyte = 2 ** 20
const engine = createInterpreters({})
type Session = Awaited<ReturnType<typeof engine.create>>
const sessions = new Map<string, Session>()
const programs = { python: 'python3', javascript: 'node', shell: 'bash' } as const

beforeAll(async () => {
  for (const language of ['python', 'javascript'])
    sessions.set(
      language,
      await engine.create({
        sessionId: `corpus-${language}`,
        language,
        memoryLimitBytes: 256 * mebibyte,
        diskLimitBytes: 32 * mebibyte,
        inodeLimit: 5000,
      }),
    )
})

afterAll(() => engine.close())

const runHere = async ({ language, name, program }: CorpusEntry) => {
  const session = sessions.get(language === 'python' ? 'python' : 'javascript')
  if (session === undefined) throw new Error('no session')
  const path = `/workspace/${name}`
  await session.files.writeFile(path, Buffer.from(program), 'Overwrite')
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const result = await session.exec(
    {
      argv: [programs[language], path, ...corpusArguments],
      cwd: '/workspace',
      env: {},
      stdin: Buffer.from(corpusInput),
    },
    {
      timeoutMs: 25_000,
      cpuMs: 25_000,
      maxOutputBytes: mebibyte,
      signal: new AbortController().signal,
      onOutput: (stream, bytes) => void output[stream].push(bytes),
    },
  )
  await session.files.remove(path, { recursive: false })
  const text = (stream: 'stdout' | 'stderr') => Buffer.concat(output[stream]).toString()
  return { exitCode: result.exitCode ?? -1, stdout: text('stdout'), stderr: text('stderr') }
}

/** The everyday interpreter of the machine, where it has the recorded version. */
const findReal = (command: string, args: string[]): string | undefined => {
  try {
    return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]
  } catch {
    return undefined
  }
}

const python = process.env['CORPUS_PYTHON'] ?? 'python3.12'
const real = {
  python: { command: python, version: findReal(python, ['-V'])?.replace(/\.\d+$/, '') },
  javascript: { command: process.execPath, version: `Node ${process.versions.node.split('.')[0]}` },
  shell: {
    command: 'bash',
    version: findReal('bash', ['--version'])?.replace(/^.*version (\d+).*$/, 'bash $1'),
  },
}

const runReal = ({ language, name, program }: CorpusEntry) =>
  new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    const folder = mkdtempSync(join(tmpdir(), 'corpus-'))
    const path = join(folder, name)
    writeFileSync(path, program)
    const env = {
      HOME: folder,
      PWD: folder,
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
    }
    const child = execFile(
      real[language].command,
      [path, ...corpusArguments],
      { cwd: folder, env, timeout: 20_000 },
      (error, stdout, stderr) => {
        rmSync(folder, { recursive: true })
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr })
      },
    )
    // A program may end without having read it.
    child.stdin?.on('error', () => undefined).end(corpusInput)
  })

const errorLine = /^(?:\w+\.)*\w*(?:Error|Exception|Rejection|Exit|Interrupt)\b/

/** The lines of standard error that name the error. */
const errorsIn = (stderr: string): string[] =>
  stderr
    .split('\n')
    .filter((line) => errorLine.test(line))
    .map((line) => line.replace(/ \{$/, ''))

const record = async (entry: CorpusEntry): Promise<void> => {
  const { exitCode, stdout, stderr } =
    'real' in entry.source ? await runReal(entry) : await runHere(entry)
  const source =
    'real' in entry.source ? { real: real[entry.language].version ?? 'nobody' } : entry.source
  const errors = exitCode === 0 ? [] : errorsIn(stderr)
  writeFileSync(
    entryFile(entry),
    formatEntry({ ...entry, source, exitCode, stdout, stderr: errors }),
  )
}

describe('everyday programs', () => {
  it.each(corpus.map((entry) => [entry.name, entry] as const))(
    '%s prints what it should',
    async (_name, entry) => {
      if (process.env['UPDATE_CORPUS'] === '1') return record(entry)
      const { exitCode, stdout, stderr } = await runHere(entry)
      expect({ stdout, exitCode }, stderr).toEqual({
        stdout: entry.stdout,
        exitCode: entry.exitCode,
      })
      for (const line of entry.stderr) expect(stderr).toContain(line)
    },
  )

  it('are at least 150, most of them as recorded from everyday interpreters', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150)
    expect(corpus.filter(({ source }) => 'real' in source).length).toBeGreaterThanOrEqual(120)
  })
})

describe('the recorded text', () => {
  const recorded = Map.groupBy(corpus, ({ source, language }) =>
    'real' in source ? `${language} ${source.real}` : 'here',
  )
  recorded.delete('here')
  for (const [by, entries] of recorded) {
    const [language] = entries.map((entry) => entry.language)
    const version = (language && real[language].version) ?? 'no interpreter'
    it(
      `of ${entries.length} programs is what ${by} prints`,
      { timeout: 120_000 },
      async ({ skip }) => {
        skip(!by.endsWith(` ${version}`), `${version} is here`)
        for (const entry of entries) {
          const { exitCode, stdout } = await runReal(entry)
          const { stdout: text, exitCode: code } = entry
          expect({ stdout, exitCode }, entry.name).toEqual({ stdout: text, exitCode: code })
        }
      },
    )
  }
})
