import { createConsoleClient, type ConsoleClient } from '@gaesup-state/console-api/contract'

/** Where the daemon is; empty: the origin that served the page. */
export const baseUrl: string = import.meta.env.VITE_API_URL ?? ''

export const api: ConsoleClient = createConsoleClient({ baseUrl })
