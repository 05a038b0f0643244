/** How source text of a language is run: it is written to `path`, then `program` gets the path. */
export interface Source {
  readonly path: string
  readonly program: string
}

const SOURCES: Readonly<Record<string, Source>> = {
  python: { path: '/workspace/.run.py', program: 'python3' },
  javascript: { path: '/workspace/.run.js', program: 'node' },
}

/** Languages whose source text can be run without a build. */
export const SOURCE_LANGUAGES: readonly string[] = Object.keys(SOURCES)

/** Undefined for a language that needs a build. */
export const findSource = (language: string): Source | undefined =>
  Object.hasOwn(SOURCES, language) ? SOURCES[language] : undefined
