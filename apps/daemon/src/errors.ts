/** Why the daemon could not do what was asked. */
export type DaemonErrorCode =
  /** A flag or an environment variable has no valid value; the person who starts the daemon can fix it. */
  | 'BAD_OPTION'
  /** Another program listens on the port; choose another one with the setting named in the message. */
  | 'PORT_TAKEN'
  /** Another daemon uses the data folder; stop it or choose another folder. */
  | 'DATA_IN_USE'
  /** The data folder cannot be created or written. */
  | 'DATA_UNUSABLE'
  /** Listening beyond this machine needs authentication, which this version does not have. */
  | 'HOST_NOT_LOOPBACK'
  /** The built web console is missing. */
  | 'CONSOLE_MISSING'

/** Root of the daemon's errors. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError'
  readonly code: DaemonErrorCode

  constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
