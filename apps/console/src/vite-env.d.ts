/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Origin of the daemon when it did not serve the page, e.g. `http://localhost:8000`. */
  readonly VITE_API_URL?: string
}
