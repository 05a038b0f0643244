import type { GuestContext } from './guest.ts'

/** What every program finds in its environment. */
export const baseEnvironment: Readonly<Record<string, string>> = {
  HOME: '/workspace',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
}

/** The environment of a program: the base, its folder as `PWD`, and over that what it was given. */
export const environmentOf = ({
  cwd,
  env,
}: Pick<GuestContext, 'cwd' | 'env'>): Record<string, string> => ({
  ...baseEnvironment,
  PWD: cwd,
  ...env,
})
