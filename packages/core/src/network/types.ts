/** What a container may reach over the network. */
export interface NetworkAccess {
  /**
   * Hosts it may ask: `api.example.com` over https, `*.example.com` for every host below, with a port where it is not 443; or whole origins
   * such as `http://127.0.0.1:8080`. An address of this machine or of a private network is reached only where it stands here itself.
   */
  readonly hosts: readonly string[]
  /** Longest time of one request with its redirects, in milliseconds, up to 2,147,483,647; never longer than the call has left. Default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of one request's body. Default 1 MiB. */
  readonly maxRequestBytes?: number
  /** Bytes of one answer's body. Default 8 MiB. */
  readonly maxResponseBytes?: number
  /** Redirects that are followed, each checked like the first address. Default 5. */
  readonly maxRedirects?: number
}

/** The same with every default; plain data, so that it can go to another thread. */
export interface NetworkPolicy extends Required<Omit<NetworkAccess, 'hosts'>> {
  /** Undefined: every public host, over https. */
  readonly hosts: readonly string[] | undefined
}

export interface HttpRequest {
  readonly url: string
  /** Default `GET`. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface HttpResponse {
  /** After redirects. */
  readonly url: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a request came to, in a form that crosses threads. */
export type HttpOutcome =
  | { readonly response: HttpResponse }
  | {
      readonly failure: {
        readonly code: 'FORBIDDEN' | 'NETWORK_FAILED' | 'SIZE_LIMIT' | 'TIME_LIMIT'
        readonly message: string
      }
    }
