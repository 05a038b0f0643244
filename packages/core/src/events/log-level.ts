/** Log level; each includes the levels before it. */
export const LogLevel = { ERROR: 0, WARN: 1, INFO: 2, DEBUG: 3, TRACE: 4 } as const
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel]
